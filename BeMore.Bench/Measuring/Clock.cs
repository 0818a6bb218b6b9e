using System.Diagnostics;

namespace BeMore.Bench.Measuring;

/// <summary>The monotonic clock, which all processes of a machine share: what one sent at a time, another can say how late it came.</summary>
internal static class Clock
{
    public static long Microseconds => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    public static double MillisecondsSince(long microseconds) => (Microseconds - microseconds) / 1000.0;
}
