using System.Threading.Tasks.Sources;

namespace BeMore.Counselling;

/// <summary>
/// Something for one to wait for, again and again, which any number may set. Set before it is waited for, it does not make wait; set twice,
/// it counts once. It makes no object for a wait: thousands of answers wait for each of their chunks.
/// </summary>
internal sealed class Signal : IValueTaskSource
{
    private const int Unset = 0, Awaited = 1, WasSet = 2;

    // The waiter goes on where it is set.
    private ManualResetValueTaskSourceCore<bool> _core;
    private int _state;

    /// <summary>For the one who waits. By the time it is over, it is no longer set.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Awaited, Unset) == Unset)
        {
            return new ValueTask(this, _core.Version);
        }

        Volatile.Write(ref _state, Unset);
        return ValueTask.CompletedTask;
    }

    public void Set()
    {
        if (Interlocked.CompareExchange(ref _state, WasSet, Unset) == Awaited && Interlocked.CompareExchange(ref _state, Unset, Awaited) == Awaited)
        {
            _core.SetResult(true);
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        _core.Reset();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
