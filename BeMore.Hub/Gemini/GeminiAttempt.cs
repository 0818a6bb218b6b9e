using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>One request to one model: started when its first words are there, then read chunk by chunk under a deadline for silence.</summary>
internal sealed class GeminiAttempt : IAsyncDisposable
{
    /// <summary>
    /// How long an answer that has said that it is finished may take to end. Not shorter: some servers say STOP in every event,
    /// and such an answer goes on.
    /// </summary>
    private static readonly TimeSpan AfterTheFinish = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _callerLeft;
    private readonly CancellationToken _caller;
    private readonly IAsyncEnumerator<ChatResponseUpdate> _updates;
    private readonly GeminiCall? _call;
    private bool _isFinished;
    private bool _started;
    private bool _ended;

    private GeminiAttempt(
        IChatClient model, IEnumerable<ChatMessage> messages, ChatOptions options, GeminiCall? call, TimeProvider time, CancellationToken caller)
    {
        (_call, _caller) = (call, caller);
        // A source of its own: the deadline's token belongs to Polly, which takes it back when the start is over.
        _stop = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _callerLeft = caller.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        _updates = model.GetStreamingResponseAsync(messages, options, _stop.Token).GetAsyncEnumerator(_stop.Token);
    }

    /// <summary>Everything up to the first words, or up to the finish reason of an answer that has none.</summary>
    public List<ChatResponseUpdate> Opening { get; } = [];

    /// <summary>Asks, and reads until there are words to show, or it is said that there will be none.</summary>
    /// <param name="model">Whom to ask.</param>
    /// <param name="messages">The talk.</param>
    /// <param name="options">The model's name and its settings.</param>
    /// <param name="call">Is told what comes, and from when this returns how it ends; null: nobody wants to know.</param>
    /// <param name="time">The clock of the deadlines.</param>
    /// <param name="deadline">Cancelled when the start has taken too long; of no meaning afterwards.</param>
    /// <param name="caller">Cancelled when nobody wants the answer any more.</param>
    public static async ValueTask<GeminiAttempt> StartAsync(
        IChatClient model,
        IEnumerable<ChatMessage> messages,
        ChatOptions options,
        GeminiCall? call,
        TimeProvider time,
        CancellationToken deadline,
        CancellationToken caller)
    {
        var attempt = new GeminiAttempt(model, messages, options, call, time, caller);
        try
        {
            await using (deadline.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), attempt._stop))
            {
                while (attempt.Take(await attempt._updates.MoveNextAsync()) is { } update)
                {
                    attempt.Opening.Add(update);
                    // A blocked prompt has a finish reason and no words: there is nothing more to wait for.
                    if (update.Text.Length > 0 || update.FinishReason is not null)
                    {
                        break;
                    }
                }
            }

            attempt._started = true;
            return attempt;
        }
        catch
        {
            await attempt.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The updates after the opening, to the end, which a finish reason announces and the stream's end confirms.
    /// </summary>
    /// <exception cref="GeminiException">Nothing came for <paramref name="longestSilence"/>, or the stream broke.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> RestAsync(TimeSpan longestSilence)
    {
        while (true)
        {
            ChatResponseUpdate? update;
            _stop.CancelAfter(_isFinished && longestSilence > AfterTheFinish ? AfterTheFinish : longestSilence);
            try
            {
                update = Take(await _updates.MoveNextAsync());
            }
            catch (GeminiException e)
            {
                _call?.Failed(e);
                throw;
            }
            catch (OperationCanceledException) when (_isFinished && !_caller.IsCancellationRequested)
            {
                update = null;
            }
            catch (OperationCanceledException e) when (!_caller.IsCancellationRequested)
            {
                var silent = new GeminiException(GeminiFailure.TimedOut, $"Gemini fell silent for {longestSilence.TotalMilliseconds:0} ms in mid-answer.", e);
                _call?.Failed(silent);
                throw silent;
            }
            finally
            {
                _stop.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            if (update is null)
            {
                yield break;
            }

            yield return update;
        }
    }

    /// <summary>Notes what came, if anything did; null: it was the end.</summary>
    private ChatResponseUpdate? Take(bool any)
    {
        _ended = !any;
        if (!any)
        {
            return null;
        }

        var update = _updates.Current;
        _isFinished = update.FinishReason is not null;
        _call?.Came(update);
        return update;
    }

    public async ValueTask DisposeAsync()
    {
        await _callerLeft.DisposeAsync();
        if (!_ended)
        {
            // Somebody left in the middle: Google need not go on. (Not CancelAsync, which takes a thread for it.)
            _stop.Cancel();
        }

        await _updates.DisposeAsync();
        _stop.Dispose();
        if (_started)
        {
            _call?.Dispose();
        }
    }
}
