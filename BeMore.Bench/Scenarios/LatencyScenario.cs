using BeMore.Bench.Load;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>Many connections, or one, each asking again as soon as it is answered, with nothing slowed down: what a turn takes and costs.</summary>
internal static class LatencyScenario
{
    public static Task OneAsync(Stand stand, Options options, Report report)
    {
        var turns = options.Number("turns", 500, 5);
        return RunAsync($"latency: 1 connection, {turns} turns", connections: 1, turns, stand, options, report);
    }

    public static Task ManyAsync(Stand stand, Options options, Report report)
    {
        var (connections, turns) = (options.Number("connections", 100, 5), options.Number("turns", 20, 2));
        return RunAsync($"throughput: {connections} connections, {turns} turns each", connections, turns, stand, options, report);
    }

    private static async Task RunAsync(string name, int connections, int turns, Stand stand, Options options, Report report)
    {
        var answer = TurnScenario.AtOnce(options);
        await using var hub = await stand.StartHubAsync(intervalMs: 0);
        await TurnScenario.WarmUpAsync(stand, hub, answer, options, report);

        var figures = new LoadFigures();
        var sessions = await stand.CreateSessionsAsync(connections);
        var talkers = await TurnScenario.ConnectAsync(hub, sessions, figures);
        var watch = CpuWatch.Begin(stand, hub);
        await Task.WhenAll(talkers.Select(async talker =>
        {
            for (var i = 0; i < turns; i++)
            {
                await talker.AskAsync(answer);
            }
        }));
        var cpu = watch.End();
        await TurnScenario.LeaveAsync(talkers);

        TurnScenario.AddRows(name, figures, cpu, report);
        TurnScenario.Check(name, figures, report);
        await TurnScenario.CheckKeptAsync(name, stand, sessions, answer, figures, report);
    }
}
