using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>One question while it is tried: whom to ask next, and when.</summary>
/// <param name="models">Whom it may be put to.</param>
/// <param name="messages">The talk.</param>
/// <param name="options">The settings of the answer.</param>
/// <param name="longest">How long all tries together may take.</param>
/// <param name="time">The clock.</param>
/// <param name="caller">Cancelled when nobody wants the answer any more.</param>
internal sealed class Question(
    GeminiModels models, IEnumerable<ChatMessage> messages, ChatOptions options, TimeSpan longest, TimeProvider time, CancellationToken caller)
{
    public const int Retries = 2;

    /// <summary>The longest wait between two tries of which nobody said how long it should be.</summary>
    public static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);

    /// <summary>Whom Google asks to wait longer than this is better served by the other model, whose quota is another.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>No model gives its first words in less: a try that had no more time could only make the person wait.</summary>
    private static readonly TimeSpan LeastTry = TimeSpan.FromMilliseconds(200);

    /// <summary>Timers may be early by so much, and who comes early is sent away again.</summary>
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(5);

    private readonly long _began = time.GetTimestamp();
    private int _failures;
    private GeminiModel? _asked;

    public IEnumerable<ChatMessage> Messages { get; } = messages;

    public CancellationToken Caller { get; } = caller;

    /// <summary>Whom to ask, the preferred first.</summary>
    public IReadOnlyList<GeminiModel> Order { get; private set; } = models.InOrder;

    /// <summary>How long to wait before; null: Polly's own backoff.</summary>
    public TimeSpan? Wait { get; private set; }

    public ChatOptions OptionsFor(GeminiModel model)
    {
        var asked = options.Clone();
        asked.ModelId = model.Name;
        return asked;
    }

    /// <summary>Leave to ask whoever is next.</summary>
    /// <exception cref="GeminiException">Nobody is worth asking at this moment.</exception>
    public GeminiPermit Enter()
    {
        var permit = models.TryEnter(Order);
        _asked = permit?.Model;
        return permit ?? throw models.WhyNot();
    }

    /// <summary>Decides whether there is another try that can be over in time, whose it is, and when it begins.</summary>
    public bool MayTryAfter(GeminiException failure)
    {
        if (failure.Failure is GeminiFailure.KeyRefused or GeminiFailure.BadRequest)
        {
            return false;
        }

        _failures++;
        var otherFirst = failure.Failure is GeminiFailure.ModelGone or GeminiFailure.TimedOut || failure.RetryAfter > LongestWait || _failures == Retries;
        foreach (var model in models.InOrder.OrderBy(m => (m == _asked) == otherFirst))
        {
            if (models.WaitFor(model) is not { } rest || rest > LongestWait)
            {
                continue;
            }

            Wait = model != _asked ? Jittered(rest) : failure.RetryAfter is { } least ? Jittered(least > rest ? least : rest) : null;
            if ((Wait ?? LongestBackoff) + LeastTry <= longest - time.GetElapsedTime(_began))
            {
                Order = [model, .. models.InOrder.Where(m => m != model)];
                return true;
            }
        }

        return false;
    }

    /// <summary>Never earlier than asked for, and not everybody who was sent away together together again.</summary>
    private static TimeSpan Jittered(TimeSpan wait) =>
        wait == TimeSpan.Zero ? wait : (wait * (1 + (Random.Shared.NextDouble() / 5))) + TimerSlack;
}
