using System.Threading.Channels;
using BeMore.Counselling;

namespace BeMore.Safety;

/// <summary>
/// Tells the operator's own service of a session in immediate danger. Never in the way of the answer, and no alarm in the way of another's.
/// None vanishes unseen: each is delivered, or logged and counted as one that was not.
/// </summary>
internal sealed class RiskWebhook : BackgroundService
{
    /// <summary>Alarms that wait for one of the <see cref="MostAtOnce"/>; the oldest give way.</summary>
    public const int MostWaiting = 1000;

    /// <summary>Alarms that are told, or wait for their next try: who is told of somebody does not wait for a call that hangs.</summary>
    public const int MostAtOnce = 32;

    /// <summary>More than the turns get at the end, because the last of them may be the one to tell of; less than the host gives (OperationsRegistration).</summary>
    private static readonly TimeSpan AfterTurns = TimeSpan.FromSeconds(3);

    private readonly bool _isWanted;
    private readonly RiskAlarmSender _sender;
    private readonly RiskAlarmMeter _meter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _stopping;
    private readonly Channel<RiskAlarm> _alarms;
    private int _open;

    public RiskWebhook(
        RiskWebhookOptions options, RiskAlarmSender sender, RiskAlarmMeter meter, TurnOptions turns, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<RiskWebhook> logger)
    {
        _isWanted = options.Url is not null;
        (_sender, _meter, _time, _logger) = (sender, meter, time, logger);
        _alarms = Channel.CreateBounded<RiskAlarm>(
            new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest }, alarm => Drop(alarm, "newer ones needed its place"));
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _stopping = lifetime.ApplicationStopping.Register(() => _end.CancelAfter(turns.ShutdownGrace + AfterTurns));
    }

    /// <summary>Returns at once.</summary>
    public void Tell(string sessionId, RiskLevel level)
    {
        if (!_isWanted)
        {
            return;
        }

        var alarm = new RiskAlarm(sessionId, level, _time.GetUtcNow().ToUnixTimeMilliseconds());
        Interlocked.Increment(ref _open);
        if (!_alarms.Writer.TryWrite(alarm))
        {
            Drop(alarm, "the hub has stopped");
        }
    }

    /// <summary>No turn runs any more: what is left to tell is told, as long as there is time.</summary>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _alarms.Writer.TryComplete();
        if (Volatile.Read(ref _open) is > 0 and var count)
        {
            _logger.AlarmsAwaited(count);
        }

        return base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _stopping.Dispose();
        _end.Dispose();
        base.Dispose();
    }

    // Not until the host's token ends it, which is at the stop: until all is told, or the time for it is over. The stop waits for that.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Parallel.ForEachAsync(
        _alarms.Reader.ReadAllAsync(CancellationToken.None),
        new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce },
        async (alarm, _) => await TellAsync(alarm));

    private async Task TellAsync(RiskAlarm alarm)
    {
        try
        {
            await _sender.SendAsync(alarm, _end.Token);
            Interlocked.Decrement(ref _open);
            _meter.Delivered();
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            Drop(alarm, "the hub stopped before somebody took it");
        }
        catch (Exception e)
        {
            Interlocked.Decrement(ref _open);
            _meter.Failed();
            _logger.AlarmFailed(alarm.SessionId, RiskAlarmSender.ReasonOf(e));
        }
    }

    private void Drop(RiskAlarm alarm, string reason)
    {
        Interlocked.Decrement(ref _open);
        _meter.Dropped();
        _logger.AlarmDropped(alarm.SessionId, reason);
    }
}
