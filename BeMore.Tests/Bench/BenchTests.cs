using System.Diagnostics;
using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>The benchmark works: what it measures is not asked here.</summary>
public sealed partial class BenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-bench-test-").FullName;

    [Fact]
    public async Task EveryScenarioThatIsAskedForHasItsRowsAndNoAnswerIsWrongAndThePageHasTheTableBetweenItsMarks()
    {
        string[] scenarios = ["latency", "throughput", "steady", "idle", "crowd", "history", "soak"];
        var page = Path.Combine(_folder, "performance.md");
        File.Copy(RepositoryRoot.Combine("docs", "performance.md"), page);
        var before = Parts(await File.ReadAllTextAsync(page));

        var (exitCode, output) = await RunAsync([.. scenarios, "--quick", "--seconds", "1", "--hub", Built("BeMore.Hub"), "--out", page]);

        exitCode.Should().Be(0, "it said {0}", output);
        output.Should().Contain("index scan of idx_conversations_history, 10 rows").And.Contain("none was missing").And.NotContain("Wrong");
        var after = Parts(await File.ReadAllTextAsync(page));
        (after.Head, after.Tail).Should().Be((before.Head, before.Tail), "the rest of the page is its author's");
        after.Table.Should().NotBe(before.Table);
        output.Should().Contain(after.Table.Trim());
        foreach (var scenario in scenarios)
        {
            after.Table.Should().Contain($"\n| {scenario}: ");
        }
    }

    [Fact]
    public async Task TheStartOfAHubIsTimedAndAFileWithoutMarksIsTheTable()
    {
        var file = Path.Combine(_folder, "figures.md");
        await File.WriteAllTextAsync(file, "those of yesterday");

        var (exitCode, output) = await RunAsync("start", "--quick", "--hub", Built("BeMore.Hub"), "--out", file);

        exitCode.Should().Be(0, "it said {0}", output);
        var table = await File.ReadAllTextAsync(file);
        StartRow().IsMatch(table).Should().BeTrue("it is {0}", table);
        table.Should().NotContain("yesterday");
        output.Should().StartWith(table.TrimEnd());
    }

    [Fact]
    public async Task WhatItDoesNotKnowItSays()
    {
        var (exitCode, output) = await RunAsync("latensy");

        exitCode.Should().Be(64);
        output.Should().Contain("latensy is no scenario: start, latency,");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A page before, between and behind its two marks, which belong to what is round them.</summary>
    private static (string Head, string Table, string Tail) Parts(string page)
    {
        const string begin = "<!-- figures -->";
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf("<!-- end of figures -->", StringComparison.Ordinal));
        return (page[..from], page[from..to], page[to..]);
    }

    /// <summary>Milliseconds that are some.</summary>
    [GeneratedRegex(@"\n\| start: 1 times \| start to ready, ms: median / longest \| [1-9]\d+ / [1-9]\d+ \|")]
    private static partial Regex StartRow();

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(Built("BeMore.Bench"), "BeMore.Bench.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        try
        {
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, $"{output}\n{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>…/BeMore.Tests/bin/{configuration}/{framework}/ of another project.</summary>
    private static string Built(string project)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        return RepositoryRoot.Combine(project, "bin", framework.Parent!.Name, framework.Name);
    }
}
