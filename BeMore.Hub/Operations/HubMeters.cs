using System.Diagnostics.Metrics;
using BeMore.Access;
using BeMore.Counselling;
using BeMore.Keeping;
using BeMore.Sessions;

namespace BeMore.Operations;

/// <summary>How much the process holds, as numbers of the meter "BeMore": all of it is bounded, and what is idle leaves.</summary>
internal sealed class HubMeters(
    IMeterFactory meters, SessionSeats seats, TurnRegistry turns, Journal journal, RecentTurns recent, TurnRateLimit limit) : IHostedService
{
    public const string Name = "BeMore";

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableGauge("bemore.sessions.seated", () => seats.Count, "{session}", "Sessions that have a connection.");
        meter.CreateObservableGauge("bemore.sessions.remembered", () => recent.Count, "{session}", "Sessions whose turns are in memory, for when the database is away.");
        meter.CreateObservableGauge("bemore.turns.running", () => turns.Counts.Running, "{turn}", "Answers that are being given.");
        meter.CreateObservableGauge("bemore.turns.waiting", () => turns.Counts.Waiting, "{turn}", "Requests behind a running answer.");
        meter.CreateObservableGauge("bemore.turns.kept", () => turns.Counts.Kept, "{turn}", "Answers that have ended and wait for somebody to come back.");
        meter.CreateObservableGauge("bemore.journal.entries", () => journal.Count, "{entry}", "Entries of the journal that wait for the database.");
        meter.CreateObservableGauge("bemore.ratelimit.entries", () => limit.Count, "{entry}", "Users and sessions that the rate limit remembers.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
