namespace BeMore.Safety;

/// <summary>
/// What a session was about lately. A level that was reached is lowered only slowly: one step after <see cref="TurnsAStep"/> turns that
/// were about less. Whether the person was asked about it is remembered as long: once is enough, until it is about more.
/// </summary>
internal sealed class SessionRisk(TimeProvider time)
{
    /// <summary>Turns without a sign of the level, before it is one step lower.</summary>
    public const int TurnsAStep = 5;

    /// <summary>More sessions than talk at once; whoever was not heard of for longest is forgotten first.</summary>
    private const int MostSessions = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _oldestFirst = [];

    /// <summary>How many sessions are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byId.Count;
            }
        }
    }

    /// <summary>Counts a turn, and gives the level that the session is at now.</summary>
    public RiskLevel Note(string sessionId, RiskLevel level)
    {
        lock (_lock)
        {
            if (!_byId.TryGetValue(sessionId, out var node))
            {
                if (level == RiskLevel.None)
                {
                    return level;
                }

                node = new LinkedListNode<Entry>(new Entry(sessionId, level, 0));
                _byId.Add(sessionId, node);
            }
            else
            {
                _oldestFirst.Remove(node);
                node.Value = node.Value.After(level);
            }

            return Keep(node);
        }
    }

    /// <summary>Somebody comes back whom this process has not followed: what the session was about is read off its latest turns.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="earlier">Its turns, oldest first: what each was about, and whether the counsellor answered.</param>
    /// <param name="now">The present one's.</param>
    /// <returns>The level that the session is at now.</returns>
    public RiskLevel Recall(string sessionId, IEnumerable<(RiskLevel Level, bool WasAnswered)> earlier, RiskLevel now)
    {
        var recalled = new Entry(sessionId, RiskLevel.None, 0);
        foreach (var (level, wasAnswered) in earlier)
        {
            recalled = recalled.After(level);
            recalled = wasAnswered ? recalled.Asked(recalled.Level) : recalled;
        }

        recalled = recalled.After(now);

        lock (_lock)
        {
            if (!_byId.TryGetValue(sessionId, out var node))
            {
                node = new LinkedListNode<Entry>(recalled);
                _byId.Add(sessionId, node);
            }
            else
            {
                _oldestFirst.Remove(node);
                var known = node.Value;
                node.Value = (recalled.Level > known.Level ? recalled : known).Asked(recalled.AskedUpTo).Asked(known.AskedUpTo) with
                {
                    WasAskedOfViolence = recalled.WasAskedOfViolence || known.WasAskedOfViolence,
                };
            }

            return Keep(node);
        }
    }

    /// <summary>The counsellor has answered a turn at this level, and so has asked.</summary>
    public void NoteAsked(string sessionId, RiskLevel level)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(sessionId, out var node))
            {
                node.Value = node.Value.Asked(level);
            }
        }
    }

    /// <summary>The person was asked about this level, or one that is more urgent, since the session is about any.</summary>
    public bool WasAsked(string sessionId, RiskLevel level)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(sessionId, out var node)
                && (level == RiskLevel.Other ? node.Value.WasAskedOfViolence : level <= node.Value.AskedUpTo);
        }
    }

    /// <summary>A session was erased: so is what it was about.</summary>
    public void Forget(string sessionId)
    {
        lock (_lock)
        {
            if (_byId.Remove(sessionId, out var node))
            {
                _oldestFirst.Remove(node);
            }
        }
    }

    /// <summary>Sessions in which nobody has said anything since: what they were about is deleted.</summary>
    public void Forget(DateTimeOffset before)
    {
        lock (_lock)
        {
            while (_oldestFirst.First is { } oldest && oldest.Value.NotedAt < before)
            {
                _oldestFirst.RemoveFirst();
                _byId.Remove(oldest.Value.SessionId);
            }
        }
    }

    private RiskLevel Keep(LinkedListNode<Entry> node)
    {
        if (node.Value.Level == RiskLevel.None)
        {
            _byId.Remove(node.Value.SessionId);
            return RiskLevel.None;
        }

        node.Value = node.Value with { NotedAt = time.GetUtcNow() };
        _oldestFirst.AddLast(node);
        if (_byId.Count > MostSessions && _oldestFirst.First is { } oldest)
        {
            _oldestFirst.RemoveFirst();
            _byId.Remove(oldest.Value.SessionId);
        }

        return node.Value.Level;
    }

    private sealed record Entry(string SessionId, RiskLevel Level, int QuietTurns)
    {
        public DateTimeOffset NotedAt { get; init; }

        /// <summary>The most urgent level of suicide that the person was asked about; of violence see <see cref="WasAskedOfViolence"/>.</summary>
        public RiskLevel AskedUpTo { get; init; }

        public bool WasAskedOfViolence { get; init; }

        public Entry Asked(RiskLevel level) =>
            level == RiskLevel.Other ? this with { WasAskedOfViolence = true }
            : level > AskedUpTo ? this with { AskedUpTo = level }
            : this;

        public Entry After(RiskLevel level) =>
            level >= Level ? this with { Level = level, QuietTurns = 0 }
            : QuietTurns + 1 < TurnsAStep ? this with { QuietTurns = QuietTurns + 1 }
            : this with { Level = Lower(level), QuietTurns = 0 };

        private RiskLevel Lower(RiskLevel now)
        {
            var step = Level switch
            {
                RiskLevel.Imminent => RiskLevel.Active,
                RiskLevel.Active => RiskLevel.Passive,
                _ => RiskLevel.None,
            };
            return step > now ? step : now;
        }
    }
}
