using BeMore.Bench.Load;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>
/// As many paced answers at once as there are streams, for as long as it is measured, beside sockets that only ping: do chunks come when they
/// are due? Each stream's person asks again as soon as he is answered, and they begin spread over an answer's length, as people do.
/// </summary>
internal static class CrowdScenario
{
    private const double MostLateMs = 50;

    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var (streams, sockets) = (options.Number("streams", 2000, 20), options.Number("sockets", 10_000, 50));
        var (seconds, ping, interval) = (options.Number("seconds", 30, 2), options.Number("ping", 15, 1), options.Number("interval", 50, 50));
        var answer = TurnScenario.Paced(options, interval);
        var name = $"crowd: {streams} streams, {sockets} idle sockets, {answer.Shape.Phrases} phrases every {answer.Shape.GapMs} ms";
        // In the hub each stream has a connection to the model besides.
        OpenFileLimit.Ensure(sockets + (2 * streams) + 1000);
        await using var hub = await stand.StartHubAsync(interval);
        await TurnScenario.WarmUpAsync(stand, hub, TurnScenario.AtOnce(options), options, report, turns: 25);

        var figures = new LoadFigures();
        var idle = await TurnScenario.ConnectAsync(hub, await stand.CreateSessionsAsync(sockets), figures);
        var sessions = await stand.CreateSessionsAsync(streams);
        var talkers = await TurnScenario.ConnectAsync(hub, sessions, figures);
        Report.Progress($"{sockets + streams} sockets are open");

        // Measured is from when all speak; the turns before are checked like the others.
        var measured = new LoadFigures();
        var asking = true;
        var pings = new Pings(idle, TimeSpan.FromSeconds(ping));
        var conversations = talkers.Select((talker, i) => TalkAsync(talker, TimeSpan.FromSeconds(answer.Shape.Seconds * i / streams))).ToList();
        await Task.Delay(TimeSpan.FromSeconds(answer.Shape.Seconds + 1));
        talkers.ForEach(talker => talker.CountInto(measured));
        await stand.Gemini.TakeFiguresAsync();
        var watch = CpuWatch.Begin(stand, hub);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var cpu = watch.End();
        await TurnScenario.AddLatenessAsync(name, stand, measured, report, MostLateMs);
        var memory = hub.Cpu.ResidentKiB;
        Volatile.Write(ref asking, false);
        report.Add(name, "chunks a second; turns begun a second", $"{measured.Chunks / cpu.Seconds:0}; {measured.Asked / cpu.Seconds:0}");
        report.Add(name, "first chunk, ms: p50 / p99", $"{measured.FirstChunk.Percentile(50):0.0} / {measured.FirstChunk.Percentile(99):0.0}", "p99 under 2 s", measured.FirstChunk.Percentile(99) < 2000);
        report.Add(name, "cores: hub / PostgreSQL / load / others", cpu.Cores);
        report.Add(name, "hub's CPU, µs a chunk", $"{1000 * cpu.Hub / measured.Chunks:0}");
        report.Add(name, "hub's memory, MiB", $"{memory / 1024.0:0}");
        await Task.WhenAll(conversations);
        await pings.DisposeAsync();
        await TurnScenario.LeaveAsync([.. talkers, .. idle]);

        figures.Take(measured);
        TurnScenario.Check(name, figures, report);
        await TurnScenario.CheckKeptAsync(name, stand, sessions, answer, figures, report);

        async Task TalkAsync(Talker talker, TimeSpan after)
        {
            await Task.Delay(after);
            while (Volatile.Read(ref asking))
            {
                await talker.AskAsync(answer);
            }
        }
    }
}
