using System.Diagnostics;

namespace BeMore.Tests;

/// <summary>The tool as a person runs it: from the root of the repository.</summary>
internal static class DotnetEf
{
    /// <summary>Against what is built already.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string databaseUrl, params string[] arguments)
    {
        // …/BeMore.Tests/bin/{configuration}/{framework}/
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["ef", .. arguments, "--no-build", "--configuration", configuration])
        {
            WorkingDirectory = RepositoryRoot.Combine(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DATABASE_URL"] = databaseUrl },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, $"{output}\n{await errors}");
    }
}
