using System.Globalization;

namespace BeMore.Bench.Measuring;

/// <summary>The processor time of a process by its own clock, to the nanosecond: <c>/proc/PID/stat</c> counts in hundredths of a second.</summary>
internal sealed class ProcessCpu(int id)
{
    public int Id => id;

    /// <summary>Of all its threads, those that have ended included. 0: it has ended.</summary>
    public TimeSpan Used =>
        // clock_getcpuclockid(3) makes the clock's number so.
        Libc.GetTime((~id << 3) | 2, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
            : TimeSpan.Zero;

    /// <summary>All that is resident, in KiB.</summary>
    public long ResidentKiB => long.Parse(
        File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
