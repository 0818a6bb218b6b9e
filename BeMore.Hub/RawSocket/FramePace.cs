namespace BeMore.RawSocket;

/// <summary>
/// How fast frames of one socket are read: a flood of them waits in the client's own buffers, and harms neither the answer that runs
/// nor anybody else. The frontend sends a few a second.
/// </summary>
internal sealed class FramePace(TimeProvider time)
{
    /// <summary>Frames a second, in the long run.</summary>
    public const int FramesPerSecond = 100;

    /// <summary>Frames that may come at once.</summary>
    public const int Burst = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1) / FramesPerSecond;

    private readonly long _started = time.GetTimestamp();

    // When the frames so far would have come at an even pace, since the start.
    private TimeSpan _due;

    /// <summary>Counts a frame, or a part of one that has little in it.</summary>
    /// <returns>How long to wait before the next is read.</returns>
    public TimeSpan Take()
    {
        var now = time.GetElapsedTime(_started);
        _due = (_due > now ? _due : now) + Interval;
        var wait = _due - now - (Burst * Interval);
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}
