using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using BeMore.Tests;

namespace BeMore.Bench.Measuring;

/// <summary>What the figures are of.</summary>
internal static class Machine
{
    /// <summary>Processor time that everybody used since the machine started, the hypervisor's not counted.</summary>
    public static TimeSpan Used
    {
        get
        {
            // cpu user nice system idle iowait irq softirq …, in hundredths of a second.
            var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return TimeSpan.FromMilliseconds(10 * fields[1..4].Concat(fields[6..8]).Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)));
        }
    }

    public static string Describe()
    {
        var memory = File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores ({model ?? RuntimeInformation.ProcessArchitecture.ToString()}), {long.Parse(memory, CultureInfo.InvariantCulture) / 1048576.0:0} GiB, {RuntimeInformation.OSDescription.Trim()}, kernel {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}, {RuntimeInformation.FrameworkDescription}");
    }

    /// <summary>The commit that is measured, and whether the sources differ from it.</summary>
    public static string Commit()
    {
        try
        {
            return Git("rev-parse", "--short", "HEAD") + (Git("status", "--porcelain", "--untracked-files=no").Length > 0 ? " with changes" : "");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return "unknown";
        }
    }

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = RepositoryRoot.Combine(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        _ = errors.Result;
        return git.ExitCode == 0 ? output.Trim() : throw new InvalidOperationException("git failed");
    }
}
