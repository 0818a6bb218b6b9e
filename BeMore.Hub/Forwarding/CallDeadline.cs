namespace BeMore.Forwarding;

/// <summary>
/// How long a call waits for its answer to begin. An upload that moves puts it off; an answer that has begun lifts it, and from then
/// on the two ends decide: a stream may be silent for long.
/// </summary>
internal sealed class CallDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _over;
    private bool _lifted;

    /// <param name="timeout">From now, and from each time that the upload moves.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Ends the call, answered or not.</param>
    public CallDeadline(TimeSpan timeout, TimeProvider time, CancellationToken stop)
    {
        _timeout = timeout;
        _deadline = new CancellationTokenSource(timeout, time);
        _over = CancellationTokenSource.CreateLinkedTokenSource(_deadline.Token, stop);
    }

    /// <summary>The deadline has passed, or the hub stops.</summary>
    public CancellationToken Over => _over.Token;

    public bool HasPassed => _deadline.IsCancellationRequested;

    public void PutOff() => Set(_timeout, lift: false);

    public void Lift() => Set(Timeout.InfiniteTimeSpan, lift: true);

    public void Dispose()
    {
        lock (_lock)
        {
            _lifted = true;
        }

        _over.Dispose();
        _deadline.Dispose();
    }

    private void Set(TimeSpan timeout, bool lift)
    {
        // An upload may still move while the answer begins, or when all is over.
        lock (_lock)
        {
            if (!_lifted)
            {
                _lifted = lift;
                _deadline.CancelAfter(timeout);
            }
        }
    }
}
