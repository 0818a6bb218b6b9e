using System.Diagnostics.Metrics;
using BeMore.Access;
using BeMore.Cluster;
using BeMore.Counselling;
using BeMore.Gemini;
using BeMore.Keeping;
using BeMore.Retention;
using BeMore.Safety;
using BeMore.Sessions;

namespace BeMore.Telemetry;

/// <summary>
/// How the hub stands, as numbers that are looked up when somebody asks: how much it holds, all of which is bounded, and what of that which it
/// needs is away.
/// </summary>
internal sealed class HubMeters(
    IMeterFactory meters,
    SessionSeats seats,
    TurnRegistry turns,
    Journal journal,
    RecentTurns recent,
    TurnRateLimit limit,
    OpenSockets sockets,
    DatabaseWatch database,
    GeminiModels models,
    TurnTelemetry turnTelemetry,
    GeminiTelemetry gemini,
    SafetyFloor safety,
    RiskAlarmMeter alarms,
    RetentionMeter retention,
    RedisLink? redis = null) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(TelemetryRegistration.Name);
        meter.CreateObservableGauge("bemore.sessions.seated", () => seats.Count, "{session}", "Sessions that have a connection.");
        meter.CreateObservableGauge("bemore.sessions.remembered", () => recent.Count, "{session}", "Sessions whose turns are in memory, for when the database is away.");
        meter.CreateObservableGauge("bemore.turns.running", () => turns.Counts.Running, "{turn}", "Answers that are being given.");
        meter.CreateObservableGauge("bemore.turns.waiting", () => turns.Counts.Waiting, "{turn}", "Requests behind a running answer.");
        meter.CreateObservableGauge("bemore.turns.kept", () => turns.Counts.Kept, "{turn}", "Answers that have ended and wait for somebody to come back.");
        meter.CreateObservableGauge("bemore.journal.entries", () => journal.Count, "{entry}", "Entries of the journal that wait for the database.");
        meter.CreateObservableGauge("bemore.ratelimit.entries", () => limit.Count, "{entry}", "Users and sessions that the rate limit remembers.");
        meter.CreateObservableGauge("bemore.sockets.open", Sockets, "{socket}", "Raw WebSockets, as the attribute kind; SignalR's are counted by the framework.");
        meter.CreateObservableGauge("bemore.database.away", () => database.IsAway ? 1 : 0, null, "1 while turns are kept in the journal, because the database is away.");
        if (redis is not null)
        {
            meter.CreateObservableGauge("bemore.redis.away", () => redis.AwaySince is null ? 0 : 1, null, "1 while this hub goes on by itself, because Redis is away.");
        }

        meter.CreateObservableGauge("bemore.gemini.breaker.open", Breakers, null, "1 while a model is not asked, for the reason in the attribute breaker.");

        // By now whoever wants to know listens: the SDK is started before all others.
        turnTelemetry.CountFromZero();
        gemini.CountFromZero(models.InOrder);
        safety.CountFromZero();
        alarms.CountFromZero();
        retention.CountFromZero();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<int>> Sockets() =>
    [
        new(sockets.Session, new KeyValuePair<string, object?>("kind", "session")),
        new(sockets.Analysis, new KeyValuePair<string, object?>("kind", "analysis")),
    ];

    private IEnumerable<Measurement<int>> Breakers() => models.Breakers.Select(b => new Measurement<int>(
        b.IsOpen ? 1 : 0,
        new KeyValuePair<string, object?>("gen_ai.request.model", b.Model),
        new KeyValuePair<string, object?>("breaker", b.Breaker)));
}
