namespace BeMore.Sessions;

/// <summary>
/// One connection a session: the newest has the seat, the one before loses it. Two windows that take it from each other without end
/// (the frontend reconnects by itself after every close) come to rest: after some changes the newcomer is refused.
/// </summary>
internal sealed class SessionSeats(TimeProvider time) : ISessionSeats
{
    /// <summary>So many changes within <see cref="QuarrelWindow"/> are a quarrel.</summary>
    public const int MostChanges = 3;

    /// <summary>A quarrel is over when nobody has tried to take the seat for so long. The frontend tries again after 1, 2, 4, 8 and 16 s, then gives up.</summary>
    public static readonly TimeSpan QuarrelWindow = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Holder> _holders = new(StringComparer.Ordinal);

    // By how much (µs) the clock of whoever judges elsewhere was ahead of this machine's, when a seat was taken last: one that is taken while
    // he is away is compared with his.
    private long _ahead;

    /// <summary>How many sessions have a connection.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _holders.Count;
            }
        }
    }

    /// <summary>Those who have one.</summary>
    public IReadOnlyList<Seat> Seats
    {
        get
        {
            lock (_lock)
            {
                return [.. _holders.Values.Select(h => h.Seat)];
            }
        }
    }

    /// <summary>In µs since 1970, by this machine's clock.</summary>
    private long Now => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Is told of a seat that was left by who had it last.</summary>
    public Action<Seat>? Left { get; set; }

    public ValueTask<Seat?> TryTakeAsync(string sessionId) => ValueTask.FromResult(TryTake(sessionId));

    /// <summary>Takes the session's seat, from another connection if one has it. Null: they quarrel, and this one is refused.</summary>
    public Seat? TryTake(string sessionId)
    {
        Seat? before;
        var seat = new Seat(this, sessionId, Now + Volatile.Read(ref _ahead));
        lock (_lock)
        {
            if (!_holders.TryGetValue(sessionId, out var holder))
            {
                _holders.Add(sessionId, new Holder(seat));
                return seat;
            }

            var now = time.GetTimestamp();
            if (holder.IsQuarrel(now, time))
            {
                return null;
            }

            before = holder.Seat;
            holder.Change(seat, now);
        }

        before.Lose();
        return seat;
    }

    /// <summary>Takes it where it was judged elsewhere that it may be taken. Of two, the newer has it, whichever is here first.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="takenAt">As <see cref="Seat.TakenAt"/>.</param>
    public Seat Take(string sessionId, long takenAt)
    {
        Volatile.Write(ref _ahead, takenAt - Now);
        var seat = new Seat(this, sessionId, takenAt);
        var loser = seat;
        lock (_lock)
        {
            if (!_holders.TryGetValue(sessionId, out var holder))
            {
                _holders.Add(sessionId, new Holder(seat));
                return seat;
            }

            if (holder.Seat.TakenAt <= takenAt)
            {
                loser = holder.Seat;
                holder.Change(seat, time.GetTimestamp());
            }
        }

        loser.Lose();
        return seat;
    }

    /// <summary>A connection that is newer has the session elsewhere: whoever has it here loses it.</summary>
    public void Lose(string sessionId, long takenElsewhereAt)
    {
        Seat loser;
        lock (_lock)
        {
            if (!_holders.TryGetValue(sessionId, out var holder) || holder.Seat.TakenAt >= takenElsewhereAt)
            {
                return;
            }

            loser = holder.Seat;
        }

        loser.Lose();
    }

    private void Leave(Seat seat)
    {
        lock (_lock)
        {
            // A seat that was lost is somebody else's by now. What was quarrelled about is forgotten with the last who leaves.
            if (!_holders.TryGetValue(seat.SessionId, out var holder) || holder.Seat != seat)
            {
                return;
            }

            _holders.Remove(seat.SessionId);
        }

        Left?.Invoke(seat);
    }

    /// <summary>A connection's right to its session, until it leaves or a newer one comes.</summary>
    public sealed class Seat(SessionSeats seats, string sessionId, long takenAt) : IDisposable
    {
        private readonly CancellationTokenSource _lost = new();

        public string SessionId { get; } = sessionId;

        /// <summary>In µs since 1970, by the clock of whoever judged that it may be taken: tells which of two is newer.</summary>
        public long TakenAt { get; } = takenAt;

        /// <summary>Cancelled when a newer connection has the seat.</summary>
        public CancellationToken Lost => _lost.Token;

        public bool IsLost => _lost.IsCancellationRequested;

        public void Dispose()
        {
            seats.Leave(this);
            _lost.Dispose();
        }

        internal void Lose()
        {
            try
            {
                _lost.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It left at the same moment.
            }
        }
    }

    private sealed class Holder(Seat seat)
    {
        private readonly Queue<long> _changes = new();
        private long? _lastRefusal;

        public Seat Seat { get; private set; } = seat;

        public bool IsQuarrel(long now, TimeProvider time)
        {
            while (_changes.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= QuarrelWindow)
            {
                _changes.Dequeue();
            }

            // Who is refused tries again: as long as somebody does, the quarrel goes on, else it would begin anew every 30 s.
            if (_changes.Count < MostChanges && !(_lastRefusal is { } last && time.GetElapsedTime(last, now) < QuarrelWindow))
            {
                return false;
            }

            _lastRefusal = now;
            return true;
        }

        public void Change(Seat to, long now)
        {
            Seat = to;
            _changes.Enqueue(now);
        }
    }
}
