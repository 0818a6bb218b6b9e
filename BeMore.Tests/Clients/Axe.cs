using System.Text.Json;
using Microsoft.Playwright;

namespace BeMore.Tests;

/// <summary>The rules of axe-core on what a page shows now.</summary>
internal static class Axe
{
    private const string Run =
        """
        async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.flatMap(({ id, help, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`))
        """;

    /// <summary>What somebody could not see, read or reach; empty where all is well.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        var axe = RepositoryRoot.Combine("BeMore.Tests", "Node", "node_modules", "axe-core", "axe.min.js");
        if (!File.Exists(axe))
        {
            throw new InvalidOperationException("axe-core is not installed: npm ci --prefix BeMore.Tests/Node");
        }

        // Evaluated, and not as a script of the page: its content security policy lets none in.
        await page.EvaluateAsync(await File.ReadAllTextAsync(axe));
        return await page.EvaluateAsync<JsonElement>(Run) is { } lines ? [.. lines.EnumerateArray().Select(line => line.GetString()!)] : [];
    }
}
