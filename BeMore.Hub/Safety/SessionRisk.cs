namespace BeMore.Safety;

/// <summary>
/// What a session was about lately. A level that was reached is lowered only slowly: one step after <see cref="TurnsAStep"/> turns that
/// were about less. Who says that all is well a moment later is still asked.
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
    /// <param name="levels">Of its turns, oldest first, the present one included.</param>
    /// <returns>The level that the session is at now.</returns>
    public RiskLevel Recall(string sessionId, IEnumerable<RiskLevel> levels)
    {
        var recalled = new Entry(sessionId, RiskLevel.None, 0);
        foreach (var level in levels)
        {
            recalled = recalled.After(level);
        }

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
                node.Value = recalled.Level > node.Value.Level ? recalled : node.Value;
            }

            return Keep(node);
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
