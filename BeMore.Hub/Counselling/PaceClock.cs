namespace BeMore.Counselling;

/// <summary>
/// When pieces are due, for all answers that run. Those that are due at about the same time leave together: one timer, and one thread
/// that wakes up for all of them, because waking a thread costs more than a piece does.
/// </summary>
internal sealed class PaceClock
{
    /// <summary>Pieces wait for the next multiple of it: so much later than it must be a piece may leave.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// What is due so shortly after a step leaves with it, so much too early: else whoever left with the last step, which is always a little
    /// late, would miss every next one.
    /// </summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// So many go on one after the other on one thread. Where more are due they are the work of several: with thousands of answers one
    /// thread alone would be late.
    /// </summary>
    private const int MostTogether = 16;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, List<Group>> _steps = [];
    private readonly TimeProvider _time;
    private readonly long _step;
    private readonly long _tolerance;
    private readonly ITimer _timer;

    public PaceClock(TimeProvider time)
    {
        _time = time;
        _step = Timestamps(Step);
        _tolerance = Timestamps(Tolerance);
        _timer = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when it is time, on the thread that wakes up for all: who goes on from here must not block.</summary>
    /// <param name="due">By <see cref="TimeProvider.GetTimestamp"/>.</param>
    public Task WhenDue(long due)
    {
        var step = (due - _tolerance + _step - 1) / _step;
        lock (_lock)
        {
            if (!_steps.TryGetValue(step, out var groups))
            {
                groups = [new Group()];
                _steps.Add(step, groups);
                if (_steps.Keys.First() == step)
                {
                    Wind(step);
                }
            }
            else if (groups[^1].Count == MostTogether)
            {
                groups.Add(new Group());
            }

            groups[^1].Count++;
            return groups[^1].Rings.Task;
        }
    }

    private void Ring()
    {
        List<Group> due = [];
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            while (_steps.Count > 0)
            {
                var (step, groups) = _steps.First();
                if (step * _step > now)
                {
                    Wind(step);
                    break;
                }

                _steps.Remove(step);
                due.AddRange(groups);
            }
        }

        foreach (var group in due.Skip(1))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static rings => rings.SetResult(), group.Rings, preferLocal: false);
        }

        due.FirstOrDefault()?.Rings.SetResult();
    }

    /// <summary>Timers count in whole milliseconds, and one that is early would ring twice.</summary>
    private void Wind(long step)
    {
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), step * _step);
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
    }

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private sealed class Group
    {
        public TaskCompletionSource Rings { get; } = new();

        public int Count { get; set; }
    }
}
