using BeMore.Safety;

namespace BeMore.Counselling;

/// <summary>
/// The turns of one session, in the order in which they came: one runs, the others wait, and those whose end has reached
/// nobody are kept for whoever comes back.
/// </summary>
internal sealed class SessionTurns(string sessionId, TurnRunner runner, TurnOptions options, TimeProvider time, Action<SessionTurns> empty)
{
    /// <summary>How many may wait while one runs (protocol.md, section 1.2).</summary>
    public const int MostWaiting = 64;

    private readonly Lock _lock = new();
    private readonly List<Turn> _turns = [];
    private readonly Queue<Turn> _waiting = [];
    private readonly List<Turn> _keptBehind = [];
    private Turn? _running;
    private TaskCompletionSource? _busy;
    private bool _closed;

    public string SessionId { get; } = sessionId;

    /// <summary>Completes when no turn runs, waits, is in the middle of being told, or has yet to be kept.</summary>
    public Task Idle
    {
        get
        {
            lock (_lock)
            {
                return _busy?.Task ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>
    /// Takes a turn on. <paramref name="watch"/> is null if too many wait; one turn more that needs help is taken on, and refused behind the
    /// help. False if this object has left the registry.
    /// </summary>
    public bool TryEnqueue(TurnRequest request, Asker asker, TurnRisk risk, out TurnWatch? watch)
    {
        watch = null;
        Turn turn;
        // Those before it that it cuts off; null if there are none before it.
        Turn[]? cutOff;
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            var tooMany = _waiting.Count >= MostWaiting;
            if (tooMany && (_waiting.Count > MostWaiting || !risk.NeedsHelp))
            {
                return true;
            }

            turn = new Turn(SessionId, request, asker, risk) { Refusal = tooMany ? TurnError.RateLimited : null };
            watch = new TurnWatch(this, turn, turn.Attach(asker.ConnectionId));
            _turns.Add(turn);
            if (_running is not null)
            {
                _waiting.Enqueue(turn);
                // Help does not wait behind an answer; what cannot be answered cuts nothing off.
                cutOff = (options.BargeIn && request.Refusal is null) || risk.NeedsHelp ? [.. _turns.TakeWhile(t => t != turn)] : [];
            }
            else
            {
                _running = turn;
                _busy ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                cutOff = null;
            }
        }

        if (cutOff is not null)
        {
            foreach (var earlier in cutOff)
            {
                earlier.Stop();
            }

            if (risk.NeedsHelp)
            {
                _ = CutOff.EndSoonAsync(cutOff, time);
            }

            return true;
        }

        // On the caller's thread as far as it goes without waiting, which is until the first look into the database.
        _ = PumpAsync(turn);
        return true;
    }

    /// <summary>Takes on turns that run at another node, for whoever comes for them here. False if this object has left the registry.</summary>
    public bool TryInherit(IReadOnlyList<Turn> turns)
    {
        Turn? first = null;
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            // One that went back to where it runs is kept for the sake of what was said here after it. It may be among those that come now.
            if (!_turns.Exists(t => t is { Elsewhere: null, HasEnded: false }))
            {
                _turns.FindAll(t => t is { Elsewhere: not null, IsAbandoned: true }).ForEach(t => t.IsReplaced = true);
            }

            foreach (var turn in turns)
            {
                _turns.Add(turn);
                if (_running is not null)
                {
                    _waiting.Enqueue(turn);
                }
                else
                {
                    first = _running = turn;
                    _busy ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }

        foreach (var turn in turns)
        {
            _ = GiveUpAfterGraceAsync(turn, turn.OrphanedTimes);
        }

        _ = first is null ? Task.CompletedTask : PumpAsync(first);
        return true;
    }

    /// <summary>
    /// Every turn whose end has reached nobody goes to this connection, in order: also from one that has not noticed yet that it is lost,
    /// or superseded.
    /// </summary>
    /// <param name="connectionId">Who comes for them.</param>
    /// <param name="isSuperseded">A newer one has come meanwhile, whose they are. Asked under the lock: that one comes for them clearly before or after.</param>
    public IReadOnlyList<TurnWatch> TakeOver(string connectionId, Func<bool> isSuperseded)
    {
        lock (_lock)
        {
            return isSuperseded() ? [] : [.. _turns.Where(t => t.IsFor(connectionId)).Select(t => new TurnWatch(this, t, t.Attach(connectionId)))];
        }
    }

    /// <summary>There is something for a connection that comes now.</summary>
    public bool HasUnfinished
    {
        get
        {
            lock (_lock)
            {
                return _turns.Exists(t => !t.IsAbandoned);
            }
        }
    }

    /// <summary>Of its turns: whether one runs here, how many wait to, and how many have ended and wait for somebody to come back.</summary>
    public (int Running, int Waiting, int Kept) Counts
    {
        get
        {
            lock (_lock)
            {
                return (_running is { Elsewhere: null } ? 1 : 0, _waiting.Count(t => t.Elsewhere is null), _turns.Count(t => t.HasEnded && t.IsOrphan));
            }
        }
    }

    public long Now => time.GetTimestamp();

    /// <summary>Keeps a turn for whoever comes back, although its end was told. False if this object has left the registry.</summary>
    public bool TryRestore(Turn turn)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            if (!turn.TakeBack())
            {
                CloseIfEmpty();
                return true;
            }

            if (!_turns.Contains(turn))
            {
                // It was told before any that is here.
                _turns.Insert(0, turn);
            }
        }

        _ = GiveUpAfterGraceAsync(turn, turn.OrphanedTimes);
        return true;
    }

    /// <summary>Ends the answer that runs where it is.</summary>
    public void StopRunning()
    {
        Turn? running;
        lock (_lock)
        {
            running = _running;
        }

        running?.Stop();
    }

    /// <summary>Ends the answer that runs and gives up those that wait.</summary>
    public void StopAll()
    {
        Turn[] turns;
        lock (_lock)
        {
            turns = [.. _turns];
        }

        foreach (var turn in turns)
        {
            turn.GiveUp();
        }
    }

    /// <summary>
    /// The session is no more: the answer that runs ends where it is, and whoever comes under the same id, where an unknown one is
    /// made, is told nothing of what was.
    /// </summary>
    public void Erase()
    {
        Turn[] turns;
        lock (_lock)
        {
            turns = [.. _turns.Union(_keptBehind)];
        }

        foreach (var turn in turns)
        {
            turn.Erase();
            // One that is watched goes when its watcher does.
            if (turn.Released.IsCompleted)
            {
                Forget(turn);
            }
        }

        StopRunning();
    }

    /// <summary>A turn's watcher is gone: it saw the end, unsubscribed, or lost its connection.</summary>
    public void WatcherLeft(Turn turn, bool connectionLost)
    {
        if (!turn.IsOrphan)
        {
            Forget(turn);
        }
        else if (connectionLost)
        {
            _ = GiveUpAfterGraceAsync(turn, turn.OrphanedTimes);
        }
        else
        {
            turn.GiveUp();
            turn.Abandon();
            Forget(turn);
        }
    }

    private async Task GiveUpAfterGraceAsync(Turn turn, int orphanedTimes)
    {
        await Task.Delay(options.ResumeGrace, time);
        if (turn.IsOrphan && turn.OrphanedTimes == orphanedTimes)
        {
            turn.GiveUp();
            turn.Abandon();
            Forget(turn);
        }
    }

    private async Task PumpAsync(Turn first)
    {
        for (var turn = first; turn is not null; turn = TakeNext())
        {
            foreach (var earlier in Before(turn))
            {
                await earlier.Released;
            }

            var run = turn.Elsewhere?.RunAsync(turn) ?? runner.RunAsync(turn);
            if (!run.IsCompleted && await Task.WhenAny(run, turn.MustEnd) != run)
            {
                // Complete would mean kept.
                turn.End(new TurnEvent.Failed(TurnError.AiUnavailable));
                _ = KeepBehindAsync(turn, run);
            }

            await turn.Released;
        }
    }

    /// <summary>A turn that has ended for whoever hears it has yet to be kept. Until it is, this session is not idle.</summary>
    private async Task KeepBehindAsync(Turn turn, Task run)
    {
        lock (_lock)
        {
            _keptBehind.Add(turn);
        }

        try
        {
            await run;
        }
        finally
        {
            lock (_lock)
            {
                _keptBehind.Remove(turn);
                RestIfIdle();
            }
        }
    }

    private Turn[] Before(Turn turn)
    {
        lock (_lock)
        {
            return [.. _turns.TakeWhile(t => t != turn)];
        }
    }

    private Turn? TakeNext()
    {
        lock (_lock)
        {
            var ended = _running;
            if (!_waiting.TryDequeue(out _running))
            {
                _running = null;
            }

            if (ended is { IsAbandoned: true })
            {
                _turns.Remove(ended);
            }

            // Under the lock, under which others look for the turn that runs: a cancel comes clearly before or after.
            _running?.StopWaiting();
            RestIfIdle();
            return _running;
        }
    }

    private void Forget(Turn turn)
    {
        lock (_lock)
        {
            // A turn that still runs or waits is in order until it has ended.
            if (turn.HasEnded)
            {
                _turns.Remove(turn);
                CloseIfEmpty();
            }
        }
    }

    private void RestIfIdle()
    {
        if (_running is null && _keptBehind.Count == 0)
        {
            _busy?.TrySetResult();
            _busy = null;
        }

        CloseIfEmpty();
    }

    private void CloseIfEmpty()
    {
        if (_turns.Count == 0 && _running is null && _keptBehind.Count == 0 && !_closed)
        {
            _closed = true;
            empty(this);
        }
    }
}
