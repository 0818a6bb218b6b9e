using BeMore.Sessions;

namespace BeMore.Counselling;

/// <summary>
/// One connection's use of one session. It is let in once; what it asks is done in the order in which it asked, also while the
/// question whether it may come in is still out.
/// </summary>
internal sealed class Visit : IDisposable
{
    /// <summary>More than anybody is told in the time after which a broken connection is noticed.</summary>
    private const int MostWatched = 4;

    private readonly Lock _lock = new();
    private readonly Lock _losing = new();
    private Queue<Turn>? _watched;
    private Task _last = Task.CompletedTask;
    private SessionSeats.Seat? _seat;
    private Emotion? _seenEmotion;
    private bool _left;
    private volatile bool _isLost;
    private volatile bool _isSuperseded;

    private Visit(string sessionId) => SessionId = sessionId;

    public string SessionId { get; }

    /// <summary>Why nothing may be asked; null where it may. Known when an action of <see cref="InOrderAsync"/> runs.</summary>
    public TurnError? Refusal { get; private set; }

    /// <summary>Its socket is closed as soon as it has been told the help that it was given last: nothing more is heard from it.</summary>
    public bool EndsWithHelp { get; set; }

    /// <summary>What is told from now on reaches nobody. Of a raw socket, that socket knows it.</summary>
    public bool IsLost => _isLost;

    /// <summary>A newer connection has the session. Of a raw socket, that socket knows it.</summary>
    public bool IsSuperseded => _isSuperseded;

    /// <summary>Of a raw socket, which was let in at its handshake and has its seat there.</summary>
    public static Visit LetIn(string sessionId) => new(sessionId);

    /// <summary>Of a SignalR connection, which names the session in its first call.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="enter">Answers why not; null with the seat if it may come in.</param>
    public static Visit Begin(string sessionId, Func<Visit, Task<(SessionSeats.Seat? Seat, TurnError? Refusal)>> enter)
    {
        var visit = new Visit(sessionId);
        visit._last = visit.EnterAsync(enter);
        return visit;
    }

    /// <summary>What the face shows now: the emotion of the next request that names none.</summary>
    public void See(Emotion? emotion)
    {
        lock (_lock)
        {
            _seenEmotion = emotion;
        }
    }

    /// <summary>What the face showed last, once.</summary>
    public Emotion? TakeSeenEmotion()
    {
        lock (_lock)
        {
            var seen = _seenEmotion;
            _seenEmotion = null;
            return seen;
        }
    }

    /// <summary>Remembers what this connection was told last.</summary>
    public void Watch(Turn turn)
    {
        lock (_lock)
        {
            _watched ??= new(MostWatched);
            if (_watched.Count == MostWatched)
            {
                _watched.Dequeue();
            }

            _watched.Enqueue(turn);
        }
    }

    /// <summary>Those whose end it was told since then, or has yet to be told, oldest first.</summary>
    public IReadOnlyList<Turn> ToldSince(long timestamp)
    {
        lock (_lock)
        {
            return _watched is null ? [] : [.. _watched.Where(t => t.HasEnded && !(t.ToldAt <= timestamp))];
        }
    }

    /// <summary>
    /// For whoever finds first that the connection is over, or that a newer one has the session. When this returns, what is in doubt is there
    /// for a newer connection.
    /// </summary>
    /// <param name="inDoubtSince">What was told since then may have reached nobody.</param>
    /// <param name="restore">Keeps it.</param>
    public void Lose(Func<long> inDoubtSince, Action<IReadOnlyList<Turn>> restore)
    {
        lock (_losing)
        {
            if (!_isLost)
            {
                _isLost = true;
                restore(ToldSince(inDoubtSince()));
            }
        }
    }

    /// <summary>The same, where it is a newer connection that has the session.</summary>
    public void Supersede(Func<long> inDoubtSince, Action<IReadOnlyList<Turn>> restore)
    {
        _isSuperseded = true;
        Lose(inDoubtSince, restore);
    }

    /// <summary>Does something when all that was asked before has been done: at once, unless the entrance is still open.</summary>
    public Task<T> InOrderAsync<T>(Func<T> act)
    {
        lock (_lock)
        {
            if (!_last.IsCompleted)
            {
                var later = AfterAsync(_last, act);
                _last = later;
                return later;
            }
        }

        return Task.FromResult(act());
    }

    /// <summary>The connection is over: the seat is free.</summary>
    public void Dispose()
    {
        SessionSeats.Seat? seat;
        lock (_lock)
        {
            _left = true;
            seat = _seat;
            _seat = null;
        }

        seat?.Dispose();
    }

    private async Task EnterAsync(Func<Visit, Task<(SessionSeats.Seat? Seat, TurnError? Refusal)>> enter)
    {
        (var seat, Refusal) = await enter(this);
        lock (_lock)
        {
            if (!_left)
            {
                _seat = seat;
                return;
            }
        }

        seat?.Dispose();
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<T> act)
    {
        // How that ended is told to whoever asked for it.
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return act();
    }
}
