namespace BeMore.Access;

/// <summary>
/// At most so many turns in any 60 s for one user or session: a sliding window, exact to the moment (protocol.md, section 1.2).
/// The framework's own limiter slides in segments, and keeps a clock of its own.
/// </summary>
internal sealed class TurnRateLimit(AccessOptions options, TimeProvider time) : ITurnLimit
{
    /// <summary>More than this many are never remembered: whoever was idle longest is forgotten first.</summary>
    private const int MostKeys = 100_000;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byKey = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _idleLongestFirst = [];

    /// <summary>How many users and sessions are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                ForgetIdle(time.GetTimestamp());
                return _byKey.Count;
            }
        }
    }

    public ValueTask<bool> TryTakeAsync(string sessionId, string? userId) => ValueTask.FromResult(TryTake(sessionId, userId));

    /// <inheritdoc cref="ITurnLimit.TryTakeAsync"/>
    public bool TryTake(string sessionId, string? userId = null)
    {
        var key = Key(sessionId, userId);
        lock (_lock)
        {
            var now = time.GetTimestamp();
            ForgetIdle(now);
            if (!_byKey.TryGetValue(key, out var node))
            {
                ForgetOldest(ifAtLeast: MostKeys);
                node = new LinkedListNode<Entry>(new Entry(key, []));
                _byKey.Add(key, node);
            }
            else
            {
                _idleLongestFirst.Remove(node);
            }

            _idleLongestFirst.AddLast(node);

            var turns = node.Value.Turns;
            while (turns.TryPeek(out var oldest) && time.GetElapsedTime(oldest, now) >= Window)
            {
                turns.Dequeue();
            }

            if (turns.Count >= options.MaxTurnsPerMinute)
            {
                return false;
            }

            turns.Enqueue(now);
            node.Value.Last = now;
            return true;
        }
    }

    public void GiveBack(string sessionId, string? userId = null)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(Key(sessionId, userId), out var node) && node.Value.Turns.Count > 0)
            {
                var turns = node.Value.Turns;
                for (var others = turns.Count - 1; others > 0; others--)
                {
                    turns.Enqueue(turns.Dequeue());
                }

                turns.Dequeue();
            }
        }
    }

    // No session id begins with a blank: a user whose id looks like one has room of his own.
    public static string Key(string sessionId, string? userId) => userId is null ? sessionId : " " + userId;

    private void ForgetIdle(long now)
    {
        while (_idleLongestFirst.First is { } first && time.GetElapsedTime(first.Value.Last, now) >= Window)
        {
            ForgetOldest(ifAtLeast: 1);
        }
    }

    private void ForgetOldest(int ifAtLeast)
    {
        if (_byKey.Count >= ifAtLeast && _idleLongestFirst.First is { } first)
        {
            _idleLongestFirst.RemoveFirst();
            _byKey.Remove(first.Value.Key);
        }
    }

    private sealed class Entry(string key, Queue<long> turns)
    {
        public string Key { get; } = key;

        public Queue<long> Turns { get; } = turns;

        /// <summary>When the latest turn was taken.</summary>
        public long Last { get; set; }
    }
}
