using BeMore.Sessions;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>This node as one of several: joins when Redis is there, keeps its seats known, and finds out when Redis goes away and comes back.</summary>
internal sealed class Membership : BackgroundService
{
    /// <summary>Between two looks: for so long a Redis that fell silent may go unnoticed where nobody asks it anything.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly RedisLink _redis;
    private readonly NodeBus _bus;
    private readonly ClusterSeats _seats;
    private readonly TimeProvider _time;
    private long _keptAt;

    public Membership(RedisLink redis, NodeBus bus, ClusterSeats seats, Handovers handovers, SessionLifecycle lifecycle, TimeProvider time)
    {
        (_redis, _bus, _seats, _time) = (redis, bus, seats, time);
        bus.On<NodeMessage.Taken>(handovers.GiveAsync);
        bus.On<NodeMessage.Ask>(handovers.AnswerAsync);
        bus.On<NodeMessage.Waits>(handovers.WaitAsync);
        bus.On<NodeMessage.Stop>(handovers.StopAsync);
        bus.On<NodeMessage.Heard>(handovers.HearAsync);
        bus.On<NodeMessage.Changed>(async (_, changed) =>
        {
            await lifecycle.NoteAsync(changed.Session, changed.Change);
            return null;
        });
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _redis.CheckAsync(JoinAsync, KeepAsync);
            await Task.Delay(Interval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task JoinAsync(IConnectionMultiplexer connection)
    {
        // First heard, then known: whoever finds this node in Redis may speak to it.
        await _bus.ListenAsync(connection);
        _keptAt = 0;
    }

    private async Task KeepAsync(IConnectionMultiplexer connection)
    {
        if (_keptAt == 0 || _time.GetElapsedTime(_keptAt) >= ClusterSeats.KeepInterval)
        {
            await _seats.KeepAsync(connection.GetDatabase());
            _keptAt = _time.GetTimestamp();
        }
    }
}
