namespace BeMore.Sessions;

/// <summary>
/// One connection a session: the newest has the seat, the one before loses it. Two windows that take it from each other without end
/// (the frontend reconnects by itself after every close) come to rest: after some changes the newcomer is refused.
/// </summary>
internal sealed class SessionSeats(TimeProvider time)
{
    /// <summary>So many changes within <see cref="QuarrelWindow"/> are a quarrel.</summary>
    public const int MostChanges = 3;

    /// <summary>A quarrel is over when nobody has tried to take the seat for so long. The frontend tries again after 1, 2, 4, 8 and 16 s, then gives up.</summary>
    public static readonly TimeSpan QuarrelWindow = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Holder> _holders = new(StringComparer.Ordinal);

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

    /// <summary>Takes the session's seat, from another connection if one has it. Null: they quarrel, and this one is refused.</summary>
    public Seat? TryTake(string sessionId)
    {
        Seat? before;
        var seat = new Seat(this, sessionId);
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

    private void Leave(Seat seat)
    {
        lock (_lock)
        {
            // A seat that was lost is somebody else's by now. What was quarrelled about is forgotten with the last who leaves.
            if (_holders.TryGetValue(seat.SessionId, out var holder) && holder.Seat == seat)
            {
                _holders.Remove(seat.SessionId);
            }
        }
    }

    /// <summary>A connection's right to its session, until it leaves or a newer one comes.</summary>
    public sealed class Seat(SessionSeats seats, string sessionId) : IDisposable
    {
        private readonly CancellationTokenSource _lost = new();

        public string SessionId { get; } = sessionId;

        /// <summary>Cancelled when a newer connection has the seat.</summary>
        public CancellationToken Lost => _lost.Token;

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
