using System.Collections.Concurrent;
using BeMore.Counselling;
using BeMore.Sessions;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>
/// One connection a session on all nodes: Redis judges who may take a seat, <see cref="SessionSeats"/> knows who has one here, and is what
/// counts while Redis is away. Whoever takes a session from another node brings along what is being said there.
/// </summary>
internal sealed class ClusterSeats : ISessionSeats
{
    /// <summary>How often Redis is told of all seats that are held here: what it lost, and what was lost on the way, is put right then.</summary>
    public static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(20);

    /// <summary>A seat that nobody has spoken of for so long is free: its node is no more.</summary>
    private static readonly TimeSpan KeptFor = 3 * KeepInterval;

    private const int KeptAtOnce = 500;

    private readonly SessionSeats _here;
    private readonly Inheritance _inheritance;
    private readonly RedisLink _redis;
    private readonly NodeBus _bus;
    private readonly TimeSpan _knownFor;

    // By session, those who are about to take its seat here and to bring along what another node has of it.
    private readonly ConcurrentDictionary<string, Task> _taking = new(StringComparer.Ordinal);

    public ClusterSeats(SessionSeats here, Inheritance inheritance, RedisLink redis, NodeBus bus, TurnOptions options)
    {
        (_here, _inheritance, _redis, _bus) = (here, inheritance, redis, bus);
        // As long as the answer of a lost connection waits for somebody, it must be known where.
        _knownFor = options.ResumeGrace + KeptFor;
        here.Left = Leave;
    }

    public async ValueTask<SessionSeats.Seat?> TryTakeAsync(string sessionId)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = _taking.AddOrUpdate(sessionId, taken.Task, (_, others) => Task.WhenAll(others, taken.Task));
        try
        {
            return await TakeAsync(sessionId);
        }
        finally
        {
            taken.SetResult();
            // Of several who come at once the first to come brings along what there is, and the last to come is the one to be told it.
            if (_taking.TryGetValue(sessionId, out var all))
            {
                await all;
                _taking.TryRemove(KeyValuePair.Create(sessionId, all));
            }
        }
    }

    /// <summary>Tells Redis of all seats that are held here, and loses those that have a newer holder elsewhere.</summary>
    /// <exception cref="RedisException">It is away.</exception>
    /// <exception cref="TimeoutException">It is away.</exception>
    public async Task KeepAsync(IDatabase db)
    {
        foreach (var seats in _here.Seats.Where(s => !s.IsLost).Chunk(KeptAtOnce))
        {
            await Task.WhenAll(seats.Select(s => KeepAsync(db, s)));
        }
    }

    private async Task<SessionSeats.Seat?> TakeAsync(string sessionId)
    {
        var (asked, answer) = await _redis.TryAsync("take_seat", db => db.ScriptEvaluateAsync(
            SeatScripts.Take,
            [Key(sessionId)],
            [_bus.Me, (long)SessionSeats.QuarrelWindow.TotalMicroseconds, SessionSeats.MostChanges, (long)KeptFor.TotalMilliseconds, _redis.Prefix + NodeBus.ChannelOf("")]));
        if (!asked)
        {
            return _here.TryTake(sessionId);
        }

        var (at, before) = Read(answer);
        if (at == 0)
        {
            return null;
        }

        var seat = _here.Take(sessionId, at);
        if (before.Length > 0)
        {
            await _inheritance.TakeOverAsync(sessionId, at, before);
        }

        return seat;
    }

    private async Task KeepAsync(IDatabase db, SessionSeats.Seat seat)
    {
        var (newer, before) = Read(await _redis.Timings.TimeAsync("keep_seat", () => db.ScriptEvaluateAsync(
            SeatScripts.Keep, [Key(seat.SessionId)], [_bus.Me, seat.TakenAt, (long)KeptFor.TotalMilliseconds])));
        if (newer > 0)
        {
            _here.Lose(seat.SessionId, newer);
        }
        else if (before.Length > 0)
        {
            _bus.Tell(before, new NodeMessage.Taken(seat.SessionId, seat.TakenAt, Handover: null));
        }
    }

    private void Leave(SessionSeats.Seat seat) => _redis.Tell(db => db.ScriptEvaluateAsync(
        SeatScripts.Leave, [Key(seat.SessionId)], [_bus.Me, seat.TakenAt, (long)_knownFor.TotalMilliseconds], CommandFlags.FireAndForget));

    private RedisKey Key(string sessionId) => $"{_redis.Prefix}session:{sessionId}";

    private static (long At, string Node) Read(RedisResult answer) => ((long)answer[0], (string)answer[1]!);
}
