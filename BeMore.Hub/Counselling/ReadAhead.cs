using System.Runtime.ExceptionServices;

namespace BeMore.Counselling;

/// <summary>The model's answer, read ahead while its pieces wait for their time. One takes from it; the rest is safe for all at once.</summary>
internal sealed class ReadAhead : PaceClock.IAlarm, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Signal _signal = new();
    private readonly PhraseCutter _cutter = new();
    private readonly PaceClock _clock;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _stopping;
    private readonly Task _reading;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isOver;
    private volatile bool _hasRung;
    private bool _wantsMore;
    private long _endedAt;
    private long _due = -1;

    /// <param name="texts">As the model gives them.</param>
    /// <param name="clock">Of all answers.</param>
    /// <param name="time">The same clock's.</param>
    /// <param name="stop">Ends the reading, and every wait.</param>
    public ReadAhead(IAsyncEnumerable<string> texts, PaceClock clock, TimeProvider time, CancellationToken stop)
    {
        (_clock, _time) = (clock, time);
        _stopping = stop.UnsafeRegister(static ahead => ((ReadAhead)ahead!)._signal.Set(), this);
        _reading = ReadAsync(texts, stop);
    }

    /// <summary>The model has ended, or broken off.</summary>
    public bool IsOver => _isOver;

    /// <summary>All that came has been taken, and nothing more will come.</summary>
    public bool IsEmpty => _isOver && _cutter.Length == 0;

    public bool IsBroken => _isOver && _failure is not null;

    /// <summary>Since it was over.</summary>
    public TimeSpan SinceEnd => _time.GetElapsedTime(_endedAt);

    public void ThrowIfBroken() => _failure?.Throw();

    /// <summary>Takes of what has come.</summary>
    /// <param name="piece">Cuts a piece off, or null, while nothing more comes. Is told whether it is the answer's first.</param>
    /// <param name="isFirst">Whether it is.</param>
    /// <returns>Null: there must be more first (<see cref="WaitForMoreAsync"/>).</returns>
    public string? Take(Func<ReadAhead, PhraseCutter, bool, string?> piece, bool isFirst)
    {
        lock (_lock)
        {
            var taken = piece(this, _cutter, isFirst);
            _wantsMore = taken is null;
            return taken;
        }
    }

    /// <summary>Waits until more has come, or it is over.</summary>
    public ValueTask WaitForMoreAsync() => _signal.WaitAsync();

    /// <summary>Waits until then, or until it is over.</summary>
    /// <param name="due">By <see cref="TimeProvider.GetTimestamp"/>.</param>
    public ValueTask WaitUntilAsync(long due)
    {
        if (Volatile.Read(ref _due) != due)
        {
            _hasRung = false;
            Volatile.Write(ref _due, due);
            _clock.RingAt(due, this);
        }

        return _signal.WaitAsync();
    }

    /// <summary>Whether it is time: by the clock of all answers, which may be a little early, or by the clock on the wall.</summary>
    public bool IsDue(long due) => (_hasRung && _due == due) || _time.GetTimestamp() >= due;

    void PaceClock.IAlarm.Ring(long due)
    {
        // Else it is one from before, which was overtaken by the clock on the wall.
        if (Volatile.Read(ref _due) == due)
        {
            _hasRung = true;
            _signal.Set();
        }
    }

    private async Task ReadAsync(IAsyncEnumerable<string> texts, CancellationToken stop)
    {
        await using var moving = texts.GetAsyncEnumerator(stop);
        ExceptionDispatchInfo? failure = null;
        try
        {
            while (true)
            {
                var next = moving.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    // Only now: what came together leaves together where pacing is off.
                    TellOfMore();
                }

                if (!await next)
                {
                    break;
                }

                lock (_lock)
                {
                    _cutter.Append(moving.Current);
                }
            }
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }

        lock (_lock)
        {
            (_failure, _endedAt) = (failure, _time.GetTimestamp());
            _isOver = true;
        }

        _signal.Set();
    }

    private void TellOfMore()
    {
        lock (_lock)
        {
            if (!_wantsMore)
            {
                return;
            }

            _wantsMore = false;
        }

        // Whoever waits goes on from here, on the thread that brought it.
        _signal.Set();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        // An enumerator may not be disposed while it moves; the caller has cancelled it.
        await _reading;
    }
}
