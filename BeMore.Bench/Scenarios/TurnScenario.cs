using BeMore.Bench.Load;
using BeMore.Bench.Measuring;
using BeMore.Bench.Model;
using Npgsql;

namespace BeMore.Bench.Scenarios;

/// <summary>What the scenarios with turns have in common.</summary>
internal static class TurnScenario
{
    /// <summary>An answer of the scenarios without pacing: all at once.</summary>
    public static ExpectedAnswer AtOnce(Options options) =>
        new(new AnswerShape(options.Number("events", 12, 12), options.Number("phrases", 2, 2), 0), 0);

    /// <summary>An answer of the scenarios with pacing: ten seconds, a phrase every 83 ms, which the hub gives out 50 ms apart.</summary>
    /// <exception cref="BenchException">The fake would be faster than the hub may be: then being late is what the hub is there for.</exception>
    public static ExpectedAnswer Paced(Options options, int interval)
    {
        var shape = new AnswerShape(options.Number("paced-events", 40, 4), options.Number("paced-phrases", 3, 3), options.Number("gap", 250, 250));
        return shape.Phrases * interval <= shape.GapMs
            ? new ExpectedAnswer(shape, interval)
            : throw new BenchException($"{shape.Phrases} phrases every {shape.GapMs} ms are more than one every {interval} ms: let --gap be longer.");
    }

    /// <param name="connected">Told now and then how many are.</param>
    public static async Task<List<Talker>> ConnectAsync(HubProcess hub, IReadOnlyList<string> sessions, LoadFigures figures, Action<int>? connected = null)
    {
        var talkers = new List<Talker>(sessions.Count);
        // Some at a time, as people come.
        foreach (var some in sessions.Chunk(100))
        {
            talkers.AddRange(await Task.WhenAll(some.Select(session => Talker.ConnectAsync(hub, session, figures))));
            connected?.Invoke(talkers.Count);
        }

        return talkers;
    }

    /// <summary>Until code is compiled and connections stand: not measured, and checked like everything.</summary>
    /// <param name="turns">Of each of 20 connections.</param>
    public static async Task WarmUpAsync(Stand stand, HubProcess hub, ExpectedAnswer answer, Options options, Report report, int turns = 100)
    {
        var figures = new LoadFigures();
        var talkers = await ConnectAsync(hub, await stand.CreateSessionsAsync(20), figures);
        turns = options.IsQuick ? 1 : turns;
        await Task.WhenAll(talkers.Select(async talker =>
        {
            for (var i = 0; i < turns; i++)
            {
                await talker.AskAsync(answer);
            }
        }));
        await LeaveAsync(talkers);
        Check("warm-up", figures, report);
        await stand.Gemini.TakeFiguresAsync();
    }

    public static Task LeaveAsync(IEnumerable<Talker> talkers) => Task.WhenAll(talkers.Select(talker => talker.DisposeAsync().AsTask()));

    public static void Check(string scenario, LoadFigures figures, Report report)
    {
        foreach (var (what, count) in figures.Errors)
        {
            report.Fail(scenario, $"{count} × {what}");
        }

        if (figures.TriedAgain > 0)
        {
            report.Add(scenario, "handshakes that had to be tried again", $"{figures.TriedAgain}");
        }

        if (figures.Answered != figures.Asked)
        {
            report.Fail(scenario, $"{figures.Asked} turns were asked, {figures.Answered} answered");
        }
    }

    /// <summary>Complete means kept: of each answer that was complete there is a row, with these words.</summary>
    public static async Task CheckKeptAsync(string scenario, Stand stand, IReadOnlyList<string> sessions, ExpectedAnswer answer, LoadFigures figures, Report report)
    {
        await using var connection = await stand.OpenDatabaseAsync();
        await using var count = new NpgsqlCommand(
            "SELECT count(*) FROM conversations WHERE session_id = ANY ($1) AND outcome = 'answered' AND substr(ai_response, strpos(ai_response, ' ') + 1) = $2", connection)
        {
            Parameters = { new() { Value = sessions }, new() { Value = answer.RestText } },
        };
        var kept = (long)(await count.ExecuteScalarAsync())!;
        if (kept != figures.Answered)
        {
            report.Fail(scenario, $"{figures.Answered} turns were answered, {kept} of them are in the database as they were said");
        }
    }

    /// <summary>The rows that every scenario with turns has.</summary>
    public static void AddRows(string name, LoadFigures figures, CpuFigures cpu, Report report)
    {
        report.Add(name, "turns a second; chunks a second", $"{figures.Answered / cpu.Seconds:0.0}; {figures.Chunks / cpu.Seconds:0}");
        report.Add(name, "first chunk, ms: p50 / p99", $"{figures.FirstChunk.Percentile(50):0.0} / {figures.FirstChunk.Percentile(99):0.0}", "p99 under 2 s", figures.FirstChunk.Percentile(99) < 2000);
        report.Add(name, "whole answer, ms: p50 / p99", $"{figures.Complete.Percentile(50):0.0} / {figures.Complete.Percentile(99):0.0}");
        report.Add(name, "CPU ms a turn: hub / PostgreSQL", $"{cpu.Hub / figures.Answered:0.00} / {cpu.Postgres / figures.Answered:0.00}");
        report.Add(name, "cores: hub / PostgreSQL / load / others", cpu.Cores);
    }

    /// <summary>How late phrases were, and how much of that was the fake's own doing.</summary>
    /// <param name="mostMs">What the 99th percentile is to be below; null: nothing is promised.</param>
    public static async Task AddLatenessAsync(string name, Stand stand, LoadFigures figures, Report report, double? mostMs = null)
    {
        var gemini = await stand.Gemini.TakeFiguresAsync();
        var late = figures.Lateness;
        report.Add(
            name,
            "chunks after they were due, ms: p50 / p99 / p99.9",
            $"{late.Percentile(50):0.0} / {late.Percentile(99):0.0} / {late.Percentile(99.9):0.0}",
            mostMs is null ? "" : $"p99 under {mostMs} ms",
            mostMs is null || late.Percentile(99) < mostMs);
        report.Add(name, "of that the fake Gemini's own, ms: p50 / p99", $"{gemini.LateP50:0.0} / {gemini.LateP99:0.0}");
        if (gemini.Refused > 0)
        {
            report.Fail(name, $"the hub asked the fake Gemini {gemini.Refused} questions that nobody had asked it");
        }
    }
}
