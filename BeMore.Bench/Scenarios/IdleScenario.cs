using BeMore.Bench.Load;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>Sockets that are open and only ping, as the frontend's do between turns: what each holds of the memory and takes of the processors.</summary>
internal static class IdleScenario
{
    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var (count, seconds, ping) = (options.Number("sockets", 5000, 50), options.Number("seconds", 30, 2), options.Number("ping", 15, 1));
        var name = $"idle: {count} sockets, a ping every {ping} s";
        OpenFileLimit.Ensure(count + 1000);
        await using var hub = await stand.StartHubAsync(intervalMs: 50);
        await TurnScenario.WarmUpAsync(stand, hub, TurnScenario.AtOnce(options), options, report, turns: 1);

        var figures = new LoadFigures();
        var sessions = await stand.CreateSessionsAsync(count);
        var before = hub.Cpu.ResidentKiB;
        var memory = new MemorySeries();
        var connecting = CpuWatch.Begin(stand, hub);
        var talkers = await TurnScenario.ConnectAsync(hub, sessions, figures, connected => memory.Add(connected, hub.Cpu.ResidentKiB * 1024.0));
        var connected = connecting.End();
        await using (var pings = new Pings(talkers, TimeSpan.FromSeconds(ping)))
        {
            // One round of pings first: whatever a socket's first takes belongs to the socket.
            await Task.Delay(TimeSpan.FromSeconds(ping));
            var resting = CpuWatch.Begin(stand, hub);
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var rested = resting.End();
            var after = hub.Cpu.ResidentKiB;

            report.Add(name, "memory a socket, KiB", $"{memory.BytesOfOne() / 1024:0.0}");
            report.Add(name, "memory in all, MiB: before / with them", $"{before / 1024.0:0} / {after / 1024.0:0}");
            report.Add(name, "connects a second; hub's CPU ms a connect", $"{count / connected.Seconds:0}; {connected.Hub / count:0.00}");
            report.Add(name, "hub's CPU at rest, % of a core", $"{100 * rested.Hub / rested.Elapsed:0.0}");
        }

        report.Add(name, "pong, ms: p50 / p99", $"{figures.Pong.Percentile(50):0.0} / {figures.Pong.Percentile(99):0.0}");
        await TurnScenario.LeaveAsync(talkers);
        TurnScenario.Check(name, figures, report);
        if (figures.Pong.Count == 0)
        {
            report.Fail(name, "no ping was answered");
        }
    }
}
