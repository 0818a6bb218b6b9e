using BeMore.Bench.Measuring;

namespace BeMore.Bench.Scenarios;

/// <summary>What can be measured, by name.</summary>
internal static class Catalogue
{
    private static readonly (string Name, Func<Stand, Options, Report, Task> RunAsync, bool IsUsual)[] All =
    [
        ("start", StartScenario.RunAsync, true),
        ("latency", LatencyScenario.OneAsync, true),
        ("throughput", LatencyScenario.ManyAsync, true),
        ("steady", SteadyScenario.RunAsync, true),
        ("idle", IdleScenario.RunAsync, true),
        ("crowd", CrowdScenario.RunAsync, true),
        ("history", HistoryScenario.RunAsync, true),
        ("soak", SoakScenario.RunAsync, false),
    ];

    /// <exception cref="BenchException">There is none of a name.</exception>
    public static IReadOnlyList<(string Name, Func<Stand, Options, Report, Task> RunAsync)> Choose(IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => All.All(scenario => scenario.Name != name)) is { } unknown)
        {
            throw new BenchException($"{unknown} is no scenario: {string.Join(", ", All.Select(scenario => scenario.Name))} are.");
        }

        return [.. All.Where(scenario => names.Count == 0 ? scenario.IsUsual : names.Contains(scenario.Name)).Select(scenario => (scenario.Name, scenario.RunAsync))];
    }
}
