namespace BeMore.Counselling;

/// <summary>
/// When pieces are due, for all answers that run. Those that are due at about the same time leave together, on one thread that wakes up for
/// all of them, because waking a thread costs more than a piece does.
/// </summary>
/// <remarks>
/// A thread of its own looks at every step, for as long as anybody waits: a timer wakes two threads each time, and a third whenever it is
/// set anew. By another clock than the machine's it is a timer nevertheless, because that can be told to go.
/// </remarks>
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

    /// <summary>After so many steps at which nobody was due, and with nobody waiting, the thread ends, until somebody waits again.</summary>
    private const int IdleSteps = 100;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, List<Group>> _steps = [];
    private readonly TimeProvider _time;
    private readonly long _step;
    private readonly long _tolerance;
    private readonly ITimer? _timer;
    private bool _isTicking;

    public PaceClock(TimeProvider time)
    {
        _time = time;
        _step = Timestamps(Step);
        _tolerance = Timestamps(Tolerance);
        _timer = time == TimeProvider.System ? null : time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whom it rings for.</summary>
    public interface IAlarm
    {
        /// <summary>It is time. Called on the thread that wakes up for all: it must neither block nor throw.</summary>
        /// <param name="due">Which time.</param>
        void Ring(long due);
    }

    /// <param name="due">By <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="alarm">Is rung once, then or a little later.</param>
    public void RingAt(long due, IAlarm alarm)
    {
        var step = (due - _tolerance + _step - 1) / _step;
        lock (_lock)
        {
            if (!_steps.TryGetValue(step, out var groups))
            {
                _steps.Add(step, groups = [new Group()]);
            }
            else if (groups[^1].IsFull)
            {
                groups.Add(new Group());
            }

            groups[^1].Add(due, alarm);
            // The first of the first step; the timer may ring at once.
            if (groups is [{ Count: 1 }] && _steps.Keys.First() == step)
            {
                Wind(step);
            }
        }
    }

    private void Tick()
    {
        for (var idle = 0; idle < IdleSteps || !TryRest(); idle++)
        {
            Thread.Sleep(UntilStep((_time.GetTimestamp() / _step) + 1));
            idle = Ring() ? 0 : idle;
        }
    }

    private bool TryRest()
    {
        lock (_lock)
        {
            _isTicking = _steps.Count > 0;
            return !_isTicking;
        }
    }

    /// <returns>Whether anybody was due.</returns>
    private bool Ring()
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
            ThreadPool.UnsafeQueueUserWorkItem(group, preferLocal: false);
        }

        due.FirstOrDefault()?.Execute();
        return due.Count > 0;
    }

    private void Wind(long step)
    {
        if (_timer is not null)
        {
            _timer.Change(UntilStep(step), Timeout.InfiniteTimeSpan);
        }
        else if (!_isTicking)
        {
            _isTicking = true;
            new Thread(Tick) { IsBackground = true, Name = "Pace clock" }.UnsafeStart();
        }
    }

    /// <summary>Waits are whole milliseconds, and one that is early would ring twice.</summary>
    private TimeSpan UntilStep(long step)
    {
        var wait = _time.GetElapsedTime(_time.GetTimestamp(), step * _step);
        return TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(wait.TotalMilliseconds)));
    }

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private sealed class Group : IThreadPoolWorkItem
    {
        private readonly (long Due, IAlarm Alarm)[] _alarms = new (long, IAlarm)[MostTogether];

        public int Count { get; private set; }

        public bool IsFull => Count == MostTogether;

        public void Add(long due, IAlarm alarm) => _alarms[Count++] = (due, alarm);

        public void Execute()
        {
            foreach (var (due, alarm) in _alarms.AsSpan(0, Count))
            {
                alarm.Ring(due);
            }
        }
    }
}
