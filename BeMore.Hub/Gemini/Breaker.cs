namespace BeMore.Gemini;

/// <summary>
/// A circuit breaker: what has failed several times in a row is known to be down, and is asked by one turn at a time, now and
/// then, until it answers again. Nobody else waits for it.
/// </summary>
/// <remarks>
/// Not Polly's, to which a call that was cancelled is a success: people cancel just when nothing comes, and the first of them whose
/// turn is the test would close it. This one learns nothing from whoever leaves without a verdict. Whoever uses it locks.
/// </remarks>
/// <param name="failuresInARow">How many make it known to be down.</param>
/// <param name="time">The clock.</param>
internal sealed class Breaker(int failuresInARow, TimeProvider time)
{
    /// <summary>Failures further apart than this are not in a row: the one says nothing of the other.</summary>
    private static readonly TimeSpan InARow = TimeSpan.FromSeconds(60);

    private int _failures;
    private long _failedLast;
    private long _askedLast;
    private bool _isTested;

    /// <summary>How long it is left alone while it is open and somebody else can answer: each test makes one person wait.</summary>
    public required TimeSpan Pause { get; init; }

    /// <summary>How long it is left alone while it is open and nobody else can answer.</summary>
    public required TimeSpan PauseAlone { get; init; }

    /// <summary>Since when it is known to be down; null: it is not.</summary>
    public DateTimeOffset? OpenSince { get; private set; }

    public bool IsOpen => OpenSince is not null;

    public bool MayPass(bool alone) => !IsOpen || (!_isTested && time.GetElapsedTime(_askedLast) >= (alone ? PauseAlone : Pause));

    /// <summary>Who may pass does. True: as the test, which <see cref="Leave"/> ends.</summary>
    public bool Pass()
    {
        if (IsOpen)
        {
            _isTested = true;
            _askedLast = time.GetTimestamp();
        }

        return IsOpen;
    }

    public void Leave() => _isTested = false;

    /// <summary>True: with this it is known to be down.</summary>
    public bool Fail()
    {
        var now = time.GetTimestamp();
        _failures = _failures > 0 && time.GetElapsedTime(_failedLast, now) <= InARow ? _failures + 1 : 1;
        _failedLast = now;
        if (IsOpen)
        {
            // Who was asked before it opened is no test, and postpones none.
            _askedLast = _isTested ? now : _askedLast;
            return false;
        }

        if (_failures < failuresInARow)
        {
            return false;
        }

        (OpenSince, _askedLast) = (time.GetUtcNow(), now);
        return true;
    }

    /// <summary>It answered. How long it was known not to; null: it was not.</summary>
    public TimeSpan? Succeed()
    {
        var downFor = time.GetUtcNow() - OpenSince;
        (OpenSince, _failures) = (null, 0);
        return downFor;
    }
}
