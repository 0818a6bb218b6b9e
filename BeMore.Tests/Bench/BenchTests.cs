using System.Diagnostics;

namespace BeMore.Tests;

/// <summary>The benchmark works: what it measures is not asked here.</summary>
public sealed class BenchTests
{
    [Fact]
    public async Task EveryScenarioThatIsAskedForHasItsRowsAndNoAnswerIsWrong()
    {
        var (exitCode, output) = await RunAsync("latency", "idle", "crowd", "history", "soak", "--quick", "--seconds", "1", "--hub", Built("BeMore.Hub"));

        exitCode.Should().Be(0, "it said {0}", output);
        foreach (var scenario in (string[])["latency", "idle", "crowd", "history", "soak"])
        {
            output.Should().Contain($"\n| {scenario}: ");
        }

        output.Should().Contain("index scan of idx_conversations_history, 10 rows").And.Contain("none was missing").And.NotContain("Wrong");
    }

    [Fact]
    public async Task WhatItDoesNotKnowItSays()
    {
        var (exitCode, output) = await RunAsync("latensy");

        exitCode.Should().Be(64);
        output.Should().Contain("latensy is no scenario: start, latency,");
    }

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
