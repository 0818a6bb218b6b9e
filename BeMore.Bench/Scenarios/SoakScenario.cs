using BeMore.Bench.Load;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>
/// Turns without pause. Every connection leaves after some turns, and a new session comes in its place: what the hub keeps of turns, of
/// connections or of sessions must be bounded, and its memory flat.
/// </summary>
internal static class SoakScenario
{
    private const int TurnsOfSession = 20;

    /// <summary>Memory that grows by less is flat: what it breathes is more.</summary>
    private const double MostBytesOfTurn = 32;

    /// <summary>Fewer samples, or fewer turns, tell nothing of a slope.</summary>
    private const int LeastTurns = 100_000;

    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var (turns, connections) = (options.Number("soak-turns", 1_000_000, 100), options.Number("connections", 100, 5));
        var name = $"soak: {turns} turns, {connections} connections, a new session every {TurnsOfSession} turns";
        var answer = TurnScenario.AtOnce(options);
        await using var hub = await stand.StartHubAsync(intervalMs: 0, metrics: true);
        await TurnScenario.WarmUpAsync(stand, hub, answer, options, report);

        var figures = new LoadFigures();
        var sessions = await stand.CreateSessionsAsync((turns + TurnsOfSession - 1) / TurnsOfSession);
        var next = -1;
        using var over = new CancellationTokenSource();
        var memory = new MemoryWatch(hub, figures);
        var watching = memory.RunAsync(options.IsQuick ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(10), over.Token);
        var watch = CpuWatch.Begin(stand, hub);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => TalkAsync()));
        var cpu = watch.End();
        await over.CancelAsync();
        await watching;

        TurnScenario.AddRows(name, figures, cpu, report);
        var tells = figures.Answered >= LeastTurns;
        foreach (var (what, samples) in memory.Series)
        {
            var slope = samples.BytesOfOne();
            report.Add(
                name,
                $"{what}, MiB: after a third / at the end; bytes a turn since",
                $"{samples.AfterWarmUp:0} / {samples.Last:0}; {slope:0.0}",
                tells ? "flat" : "",
                slope < MostBytesOfTurn);
        }

        report.Add(name, "at the end: sockets / sessions seated / sessions remembered / answers kept / rate limits", $"{memory.Held}");
        TurnScenario.Check(name, figures, report);
        await TurnScenario.CheckKeptAsync(name, stand, sessions, answer, figures, report);

        async Task TalkAsync()
        {
            while (Interlocked.Increment(ref next) is var i && i < sessions.Count)
            {
                await using var talker = await Talker.ConnectAsync(hub, sessions[i], figures);
                for (var t = 0; t < Math.Min(TurnsOfSession, turns - (i * TurnsOfSession)); t++)
                {
                    await talker.AskAsync(answer);
                }
            }
        }
    }
}
