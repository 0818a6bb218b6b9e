using System.Runtime.CompilerServices;
using BeMore.Access;
using BeMore.Data;
using BeMore.Gemini;
using BeMore.Prompts;
using Microsoft.Extensions.AI;

namespace BeMore.Counselling;

/// <summary>Takes one user message to one stored answer: check, begin, ask, show, keep, complete.</summary>
internal sealed class TurnRunner(
    TurnRateLimit limit,
    ConversationStore conversations,
    IChatClient model,
    TurnOptions options,
    TimeProvider time,
    ILogger<TurnRunner> logger)
{
    /// <summary>
    /// What is shown and kept when somebody interrupts before the first word: a stream completes after at least one chunk,
    /// and the record shows that the counsellor kept silent.
    /// </summary>
    public const string NothingSaid = "…";

    private readonly ChunkPacer _pacer = new(options.ChunkInterval, time);

    /// <summary>Runs a turn to its end. It never throws: whatever happens, the turn ends with an event.</summary>
    public async Task RunAsync(Turn turn)
    {
        var started = time.GetTimestamp();
        var progress = new TurnProgress(time);
        TurnEvent end;
        try
        {
            end = await AnswerAsync(turn, progress);
        }
        catch (Exception e)
        {
            logger.TurnBroke(turn.SessionId, e);
            end = new TurnEvent.Failed(TurnError.Internal);
        }

        var failed = end as TurnEvent.Failed;
        var level = failed is null ? LogLevel.Debug : LogLevel.Information;
        var outcome = failed?.Error.Code ?? (progress.Interrupted ? "INTERRUPTED" : "COMPLETE");
        var totalMs = time.GetElapsedTime(started).TotalMilliseconds;
        logger.TurnEnded(level, turn.SessionId, outcome, turn.Chunks, progress.Characters, progress.FirstChunkMs, totalMs, progress.InputTokens, progress.OutputTokens);
        turn.End(end);
    }

    private async Task<TurnEvent> AnswerAsync(Turn turn, TurnProgress progress)
    {
        var (history, refusal) = await AcceptAsync(turn);
        if (refusal is not null)
        {
            return new TurnEvent.Failed(refusal);
        }

        turn.Begin();
        var saidAt = turn.Request.SaidAt(time.GetUtcNow());
        TurnError? failure = null;
        try
        {
            await foreach (var piece in _pacer.PaceAsync(WordsAsync(turn.Request, history, progress, turn.Stopped), turn.Stopped))
            {
                progress.Said(piece);
                turn.Say(piece);
            }
        }
        catch (OperationCanceledException) when (turn.Stopped.IsCancellationRequested)
        {
            progress.Interrupted = true;
            if (turn.Chunks == 0)
            {
                turn.Say(NothingSaid);
            }
        }
        catch (GeminiException e)
        {
            logger.ModelFailed(turn.SessionId, e.Failure, e.Message, turn.Chunks);
            failure = e.IsUnavailability ? TurnError.AiUnavailable : TurnError.Internal;
        }
        catch (Exception e) when (turn.Chunks > 0)
        {
            // A mistake of ours. What was shown is kept all the same.
            logger.TurnBroke(turn.SessionId, e);
            failure = TurnError.Internal;
        }

        if (turn.Chunks > 0 && !await KeepAsync(turn, saidAt))
        {
            failure = TurnError.SessionExpired;
        }

        return failure is null ? TurnEvent.Complete.Instance : new TurnEvent.Failed(failure);
    }

    /// <summary>What was said before, or why there is no answer.</summary>
    private async Task<(IReadOnlyList<PastTurn> History, TurnError? Refusal)> AcceptAsync(Turn turn)
    {
        // Nobody will hear the answer, or the process is about to end.
        if (turn.WasGivenUp)
        {
            return ([], TurnError.AiUnavailable);
        }

        // The cheapest check first, and the limit last: a request that is refused for another reason does not count.
        if (turn.Request.Refusal is { } refusal)
        {
            return ([], refusal);
        }

        // Asked before every turn: a session may be ended or erased elsewhere while its socket is open. Unknown means erased, because
        // whoever got here was let in.
        if (await conversations.FindAsync(turn.SessionId, CancellationToken.None) is not { State.IsOver: false } found || turn.IsErased)
        {
            return ([], TurnError.SessionExpired);
        }

        if (found.State.IsPaused)
        {
            return ([], TurnError.SessionPaused);
        }

        return (found.Turns, limit.TryTake(turn.SessionId, turn.Asker.UserId) ? null : TurnError.RateLimited);
    }

    private async IAsyncEnumerable<string> WordsAsync(
        TurnRequest request, IReadOnlyList<PastTurn> history, TurnProgress progress, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var chat = new ChatOptions { Temperature = 0.7f, TopP = 0.8f, TopK = 40, MaxOutputTokens = 1024 };
        if (request.Emotion is { } emotion)
        {
            chat.AdditionalProperties = new() { [DemoChatClient.EmotionOption] = emotion.Name() };
        }

        var messages = CounsellorPrompt.Compose(request.Emotion, history, request.Message!);
        await foreach (var update in model.GetStreamingResponseAsync(messages, chat, cancellation))
        {
            foreach (var content in update.Contents)
            {
                if (content is TextContent { Text.Length: > 0 } text)
                {
                    yield return text.Text;
                }
                else if (content is UsageContent usage)
                {
                    progress.Used(usage.Details);
                }
            }
        }
    }

    /// <summary>Stores what was said. False if the session was erased meanwhile. Not cancellable: what was shown is kept.</summary>
    private async Task<bool> KeepAsync(Turn turn, long saidAt)
    {
        // The table alone does not tell: a session of the same id may have been made since.
        if (turn.IsErased)
        {
            return false;
        }

        try
        {
            await conversations.AppendAsync(
                new Conversation
                {
                    SessionId = turn.SessionId,
                    UserMessage = turn.Request.Message!,
                    AiResponse = turn.Said,
                    Emotion = turn.Request.Emotion?.Name(),
                    Timestamp = saidAt,
                },
                CancellationToken.None);
            return true;
        }
        catch (SessionGoneException)
        {
            return false;
        }
    }
}
