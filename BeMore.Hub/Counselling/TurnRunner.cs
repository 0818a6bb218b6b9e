using System.Runtime.CompilerServices;
using BeMore.Access;
using BeMore.Data;
using BeMore.Gemini;
using BeMore.Keeping;
using BeMore.Prompts;
using BeMore.Safety;
using BeMore.Telemetry;
using Microsoft.Extensions.AI;

namespace BeMore.Counselling;

/// <summary>Takes one user message to one stored answer: check, begin, ask, show, keep, complete.</summary>
internal sealed class TurnRunner(
    ITurnLimit limit,
    TurnKeeper keeper,
    SafetyFloor safety,
    SafetyPrompt safetyPrompt,
    IChatClient model,
    TurnOptions options,
    AccessOptions access,
    TurnTelemetry telemetry,
    TimeProvider time,
    ILogger<TurnRunner> logger)
{
    /// <summary>
    /// What is shown and kept when somebody interrupts before the first word: a stream completes after at least one chunk,
    /// and the record shows that the counsellor kept silent.
    /// </summary>
    public const string NothingSaid = "…";

    /// <summary>Of what is refused: nothing else bounds how much of it is kept.</summary>
    private readonly TurnRateLimit _helpKept = new(access, time);

    private readonly ChunkPacer _pacer = new(options.ChunkInterval, time);

    /// <summary>Runs a turn to its end. It never throws: whatever happens, the turn ends with an event.</summary>
    public async Task RunAsync(Turn turn)
    {
        var started = time.GetTimestamp();
        var progress = new TurnProgress(time);
        var span = telemetry.Begin(turn);
        TurnEvent end;
        try
        {
            end = await AnswerAsync(turn, progress);
        }
        catch (Exception e)
        {
            logger.TurnBroke(turn.SessionId, e);
            // Nothing comes in the way of help, and help is no error.
            end = turn is { Risk.NeedsHelp: true, Chunks: > 0 } ? TurnEvent.Complete.Instance : new TurnEvent.Failed(TurnError.Internal);
        }

        var failed = end as TurnEvent.Failed;
        var level = failed is null ? LogLevel.Debug : LogLevel.Information;
        var outcome = failed?.Error.Code ?? (progress.Interrupted ? TurnTelemetry.Interrupted : TurnTelemetry.Complete);
        var totalMs = time.GetElapsedTime(started).TotalMilliseconds;
        logger.TurnEnded(level, turn.SessionId, outcome, turn.Chunks, progress.Characters, progress.FirstChunkMs, totalMs, progress.InputTokens, progress.OutputTokens);
        telemetry.End(span, turn, started, progress, outcome, failed is not null);
        turn.End(end);
    }

    private async Task<TurnEvent> AnswerAsync(Turn turn, TurnProgress progress)
    {
        if (turn.Risk.Help is { } help)
        {
            // Before anything is asked of anybody: it must not depend on it (docs/safety.md).
            turn.Begin();
            Say(turn, progress, help);
        }

        var (asked, session, refusal) = await AcceptAsync(turn);
        if (refusal is not null)
        {
            return turn.Risk.NeedsHelp ? await HelpAloneAsync(turn, asked, refusal) : new TurnEvent.Failed(refusal);
        }

        if (!turn.Risk.NeedsHelp)
        {
            turn.Begin();
        }

        TurnError? failure = null;
        try
        {
            var history = session.History.Turns;
            var level = session.WasRead ? safety.Recall(turn.SessionId, turn.Risk, history) : turn.Risk.Session;
            var guidance = safetyPrompt.For(level, safety.WasAsked(turn.SessionId, level), turn.Risk.NeedsHelp);
            await foreach (var piece in _pacer.PaceAsync(WordsAsync(turn, history, guidance, progress, turn.Stopped), turn.Stopped))
            {
                Say(turn, progress, piece);
            }

            // Only what was heard to its end was asked.
            safety.NoteAsked(turn.SessionId, level);
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
        catch (Exception e)
        {
            // A mistake of ours. What was said on either side is kept all the same.
            logger.TurnBroke(turn.SessionId, e);
            failure = TurnError.Internal;
        }

        // Not cancellable: what was shown is kept.
        var outcome = failure is not null ? TurnOutcome.Failed : progress.Interrupted ? TurnOutcome.Interrupted : TurnOutcome.Answered;
        // The table alone does not tell that it was erased: a session of the same id may have been made since.
        if (turn.IsErased || !await keeper.EndAsync(asked with { AiResponse = turn.Said, Outcome = outcome }, turn.Asker.UserId, session, turn.Hurried))
        {
            failure = TurnError.SessionExpired;
        }

        // With help text it is an answer, whatever became of the model's.
        return failure is null || (turn.Risk.NeedsHelp && failure != TurnError.SessionExpired) ? TurnEvent.Complete.Instance : new TurnEvent.Failed(failure);
    }

    private static void Say(Turn turn, TurnProgress progress, string piece)
    {
        progress.Said(piece);
        turn.Say(piece);
    }

    /// <summary>Somebody in danger whose turn is refused: the help text is the answer, and is kept as one, so many a minute.</summary>
    private async Task<TurnEvent> HelpAloneAsync(Turn turn, KeptTurn asked, TurnError refusal)
    {
        // Of one that is given up the words are kept already.
        if (refusal != TurnError.AiUnavailable && !_helpKept.TryTake(turn.SessionId, turn.Asker.UserId))
        {
            return TurnEvent.Complete.Instance;
        }

        var kept = asked with
        {
            UserMessage = MessageText.Cut(asked.UserMessage, TurnRequest.MaxMessageLength),
            AiResponse = turn.Said,
            // None was said only where further danger cut it off before its turn came.
            Outcome = turn.Chunks > 0 ? TurnOutcome.Answered : TurnOutcome.Failed,
        };
        var isKept = !turn.IsErased && await keeper.KeepAsync(kept, turn.Asker.UserId, turn.Hurried);
        // Only where there is no session any more can it not be kept: then that is said, behind the help.
        return isKept ? TurnEvent.Complete.Instance : new TurnEvent.Failed(TurnError.SessionExpired);
    }

    /// <summary>The turn as it is kept so far, and the session that it is kept in; or why there is no answer.</summary>
    private async Task<(KeptTurn Asked, KeptSession Session, TurnError? Refusal)> AcceptAsync(Turn turn)
    {
        var now = time.GetUtcNow();
        var asked = new KeptTurn(
            Guid.CreateVersion7(now),
            turn.SessionId,
            turn.Request.Message ?? "",
            AiResponse: "",
            turn.Request.Emotion?.Name(),
            turn.Request.SaidAt(now),
            TurnOutcome.Asked);
        if ((turn.Refusal ?? turn.Request.Refusal) is { } refusal)
        {
            return Refuse(refusal);
        }

        // Before the session is asked, because that is where the words are kept; a request that is refused there does not count.
        if (!await limit.TryTakeAsync(turn.SessionId, turn.Asker.UserId))
        {
            return Refuse(TurnError.RateLimited);
        }

        // At every turn: a session may be ended or erased elsewhere while its socket is open. Unknown means erased, because whoever got
        // here was let in.
        // Nor is it asked for one that was erased while the turn waited: a session of the same id may have been made since.
        var session = turn.IsErased ? null : await keeper.AskAsync(asked, turn.Asker.UserId, turn.Hurried);
        if (session is { History.State: { IsOver: false, IsPaused: false } } && !turn.IsErased)
        {
            if (!turn.WasGivenUp && !turn.HasEnded)
            {
                return (asked, session, null);
            }

            // Nobody will hear the answer, or the process is about to end: the words are kept, the model is not asked.
            if (!turn.Risk.NeedsHelp)
            {
                await keeper.EndAsync(asked with { Outcome = TurnOutcome.Failed }, turn.Asker.UserId, session, turn.Hurried);
            }

            return Refuse(TurnError.AiUnavailable);
        }

        limit.GiveBack(turn.SessionId, turn.Asker.UserId);
        return Refuse(session?.History.State.IsPaused == true ? TurnError.SessionPaused : TurnError.SessionExpired);

        (KeptTurn, KeptSession, TurnError?) Refuse(TurnError error) => (asked, null!, error);
    }

    private async IAsyncEnumerable<string> WordsAsync(
        Turn turn, IReadOnlyList<PastTurn> history, string? guidance, TurnProgress progress, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var chat = new ChatOptions { Temperature = 0.7f, TopP = 0.8f, TopK = 40, MaxOutputTokens = 1024 };
        var request = turn.Request;
        if (request.Emotion is { } emotion)
        {
            chat.AdditionalProperties = new() { [DemoChatClient.EmotionOption] = emotion.Name() };
        }

        var messages = CounsellorPrompt.Compose(request.Emotion, history, request.Message!, guidance);
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
}
