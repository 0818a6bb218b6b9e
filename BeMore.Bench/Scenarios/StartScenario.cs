using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>From the start of the process until <c>/health</c> says 200: how long an operator waits for a hub.</summary>
internal static class StartScenario
{
    private const double MostMs = 1000;

    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var times = options.Number("times", 5, 1);
        var name = $"start: {times} times";
        // Once for nothing: the disk may not have been asked for the files before.
        await StartAsync(stand);

        var warm = new Samples();
        var cold = new Samples();
        for (var i = 0; i < times; i++)
        {
            warm.Add(await StartAsync(stand));
            foreach (var file in Files(stand.HubFolder))
            {
                Forget(file);
            }

            cold.Add(await StartAsync(stand));
        }

        report.Add(name, "start to ready, ms: median / longest", $"{warm.Percentile(50):0} / {warm.Percentile(100):0}", "under 1 s", warm.Percentile(100) < MostMs);
        report.Add(name, "the same with its files to be read from the disk", $"{cold.Percentile(50):0} / {cold.Percentile(100):0}");
    }

    private static async Task<double> StartAsync(Stand stand)
    {
        var begun = Clock.Microseconds;
        await using var hub = await stand.BeginHubAsync(intervalMs: 50);
        await hub.WaitUntilReadyAsync();
        return Clock.MillisecondsSince(begun);
    }

    /// <summary>The hub's and the framework's. What this process itself has in use of the framework stays in memory.</summary>
    private static IEnumerable<string> Files(string hub) =>
        new[] { hub, Path.GetDirectoryName(typeof(object).Assembly.Location)!, Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Http.HttpContext).Assembly.Location)! }
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));

    /// <summary>Tells the system that it need not keep the file in memory.</summary>
    private static void Forget(string path)
    {
        using var file = File.OpenHandle(path);
        _ = Libc.Advise((int)file.DangerousGetHandle(), 0, 0, Libc.NotNeeded);
    }
}
