using System.Threading.Channels;
using BeMore.Bench.Load;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>Turns begin at a rate, whether those before have ended or not, and their answers come as a model speaks: what an ordinary hour costs.</summary>
internal static class SteadyScenario
{
    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var (rate, seconds, interval) = (options.Number("rate", 20, 5), options.Number("seconds", 30, 3), options.Number("interval", 50, 50));
        var answer = TurnScenario.Paced(options, interval);
        var name = $"steady: {rate} turns a second for {seconds} s, answers of {answer.Shape.Seconds:0.#} s";
        await using var hub = await stand.StartHubAsync(interval);
        await TurnScenario.WarmUpAsync(stand, hub, TurnScenario.AtOnce(options), options, report, turns: 25);

        var figures = new LoadFigures();
        // Half as many again as are busy at once.
        var sessions = await stand.CreateSessionsAsync((int)(rate * (answer.Shape.Seconds + 1) * 1.5));
        var talkers = await TurnScenario.ConnectAsync(hub, sessions, figures);
        var free = Channel.CreateUnbounded<Talker>();
        talkers.ForEach(talker => free.Writer.TryWrite(talker));
        var watch = CpuWatch.Begin(stand, hub);
        var begun = Clock.Microseconds;
        var turns = new List<Task>();
        for (var i = 0; i < rate * seconds; i++)
        {
            var due = begun + (i * 1_000_000L / rate);
            if (due - Clock.Microseconds is > 0 and var early)
            {
                await Task.Delay((int)((early + 999) / 1000));
            }

            // Who has to wait for a connection has waited for his answer.
            var talker = await free.Reader.ReadAsync();
            turns.Add(AskAsync(talker, due));
        }

        await Task.WhenAll(turns);
        var cpu = watch.End();
        await TurnScenario.LeaveAsync(talkers);

        TurnScenario.AddRows(name, figures, cpu, report);
        await TurnScenario.AddLatenessAsync(name, stand, figures, report);
        TurnScenario.Check(name, figures, report);
        await TurnScenario.CheckKeptAsync(name, stand, sessions, answer, figures, report);

        async Task AskAsync(Talker talker, long due)
        {
            await talker.AskAsync(answer, due);
            await free.Writer.WriteAsync(talker);
        }
    }
}
