using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>A clock that stands until a test moves it, and that says when somebody has begun to wait on it.</summary>
internal sealed class ObservedTime : FakeTimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _waits = new();
    private readonly Pulse _changed = new();

    public ObservedTime()
        : base(DateTimeOffset.UtcNow)
    {
    }

    /// <summary>Somebody has begun to wait this long.</summary>
    public Task WaitBeganAsync(TimeSpan time, int count = 1) =>
        _changed.UntilAsync(() => _waits.Count(w => w == time) >= count, () => $"nobody waits {time}. Waited for: {string.Join(", ", _waits)}");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _waits.Enqueue(dueTime);
        _changed.Beat();
        return timer;
    }
}
