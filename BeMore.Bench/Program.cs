using System.Data.Common;
using BeMore.Bench;
using BeMore.Bench.Measuring;
using BeMore.Bench.Model;
using BeMore.Bench.Scenarios;

if (args is [FakeGeminiServer.Verb])
{
    return await FakeGeminiServer.RunAsync();
}

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Options.Help);
    return 0;
}

try
{
    var options = Options.Parse(args);
    var scenarios = Catalogue.Choose(options.Scenarios);
    var report = new Report();
    await using (var stand = await Stand.StartAsync(options))
    {
        foreach (var (name, run) in scenarios)
        {
            Report.Progress(name);
            try
            {
                await stand.UseFreshDatabaseAsync();
                await run(stand, options, report);
            }
            catch (Exception e) when (e is BenchException or DbException)
            {
                // The others may still be measured.
                report.Fail(name, e.Message);
            }
        }
    }

    var table = report.ToMarkdown($"commit {Machine.Commit()}{(options.Text("hub") is null ? "" : ", of a hub published before")}");
    Console.WriteLine(table);
    if (options.Text("out") is { } file)
    {
        Report.Write(file, table);
    }

    return report.IsSound ? 0 : 1;
}
catch (BenchException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 64; // EX_USAGE of sysexits.h, or a machine that is not enough.
}
