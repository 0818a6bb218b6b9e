using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>
/// What the counsellor remembers of the sessions that were used lately: bounded, whoever was not heard of for longest goes first. It spares
/// every turn but a connection's first the reading of its session's history, and is all there is while the database is away.
/// </summary>
internal sealed class RecentTurns
{
    /// <summary>Sessions.</summary>
    private const int MostSessions = 20_000;

    /// <summary>Characters of all their turns: 32 MB.</summary>
    private const int MostCharacters = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byId = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _oldestFirst = [];
    private long _characters;

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

    /// <summary>A session that was let in, with its owner.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="userId">Null for nobody.</param>
    /// <param name="state">Whether it takes turns.</param>
    /// <param name="isNew">The database was away: the session has yet to be made there.</param>
    public void Enter(string sessionId, string? userId, SessionState state, bool isNew)
    {
        lock (_lock)
        {
            var entry = Touch(sessionId);
            // It may come from another machine, where it went on.
            (entry.UserId, entry.State, entry.IsNew, entry.IsWhole) = (userId, state, isNew, false);
            Trim();
        }
    }

    /// <summary>As the database has it: what is there is not new. From now on its turns are known without asking.</summary>
    public void Set(string sessionId, SessionHistory found)
    {
        lock (_lock)
        {
            var entry = Touch(sessionId);
            if (entry.State.IsOver)
            {
                // It was ended or erased since the database was asked. One that is made again comes through Enter.
                return;
            }

            (entry.State, entry.IsNew, entry.IsWhole) = (found.State, false, true);
            Replace(entry, found.Turns);
            Trim();
        }
    }

    /// <summary>It was paused, resumed, ended or erased. One that is over is remembered as that, without its turns.</summary>
    public void SetState(string sessionId, SessionState state)
    {
        lock (_lock)
        {
            // Of one that nobody used here the owner would be missing; whose one is that is over does not matter.
            if (!state.IsOver && !_byId.ContainsKey(sessionId))
            {
                return;
            }

            var entry = Touch(sessionId);
            entry.State = state;
            if (state.IsOver)
            {
                (entry.IsNew, entry.IsWhole) = (false, false);
                Replace(entry, []);
            }

            Trim();
        }
    }

    /// <summary>One turn more.</summary>
    public void Add(string sessionId, PastTurn turn)
    {
        lock (_lock)
        {
            var entry = Touch(sessionId);
            if (entry.State.IsOver)
            {
                return;
            }

            Replace(entry, [.. entry.Turns.Skip(Math.Max(0, entry.Turns.Count + 1 - ConversationStore.HistoryLength)), turn]);
            Trim();
        }
    }

    /// <summary>Turns that were kept before this are to be gone, and are soon from the database too.</summary>
    public void Forget(DateTimeOffset before)
    {
        lock (_lock)
        {
            foreach (var entry in _oldestFirst)
            {
                if (entry.Turns.Any(turn => turn.KeptAt < before))
                {
                    Replace(entry, [.. entry.Turns.Where(turn => turn.KeptAt >= before)]);
                }
            }
        }
    }

    /// <summary>Its latest turns as the database has them; null if that must be asked.</summary>
    public IReadOnlyList<PastTurn>? FindWhole(string sessionId)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(sessionId, out var node) && node.Value.IsWhole ? node.Value.Turns : null;
        }
    }

    /// <summary>Null if the session is not known here.</summary>
    public (SessionHistory History, string? UserId, bool IsNew)? Find(string sessionId)
    {
        lock (_lock)
        {
            return _byId.TryGetValue(sessionId, out var node)
                ? (new SessionHistory(node.Value.State, node.Value.Turns), node.Value.UserId, node.Value.IsNew)
                : null;
        }
    }

    private Entry Touch(string sessionId)
    {
        if (_byId.TryGetValue(sessionId, out var node))
        {
            _oldestFirst.Remove(node);
        }
        else
        {
            node = new LinkedListNode<Entry>(new Entry(sessionId));
            _byId.Add(sessionId, node);
        }

        _oldestFirst.AddLast(node);
        return node.Value;
    }

    private void Replace(Entry entry, IReadOnlyList<PastTurn> turns)
    {
        _characters += Characters(turns) - Characters(entry.Turns);
        entry.Turns = turns;
    }

    private void Trim()
    {
        while ((_byId.Count > MostSessions || _characters > MostCharacters) && _oldestFirst.First is { } oldest)
        {
            Remove(oldest);
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _characters -= Characters(node.Value.Turns);
        _oldestFirst.Remove(node);
        _byId.Remove(node.Value.SessionId);
    }

    private static long Characters(IReadOnlyList<PastTurn> turns)
    {
        var sum = 0L;
        foreach (var turn in turns)
        {
            sum += turn.UserMessage.Length + turn.AiResponse.Length;
        }

        return sum;
    }

    private sealed class Entry(string sessionId)
    {
        public string SessionId { get; } = sessionId;

        public string? UserId { get; set; }

        public SessionState State { get; set; } = SessionState.Active;

        public bool IsNew { get; set; }

        /// <summary>The turns were read since the last connection came, and every turn since was added.</summary>
        public bool IsWhole { get; set; }

        public IReadOnlyList<PastTurn> Turns { get; set; } = [];
    }
}
