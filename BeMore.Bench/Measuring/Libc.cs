using System.Runtime.InteropServices;

namespace BeMore.Bench.Measuring;

/// <summary>What Linux tells and .NET does not ask.</summary>
internal static partial class Libc
{
    public const int OpenFiles = 7; // RLIMIT_NOFILE
    public const int NotNeeded = 4; // POSIX_FADV_DONTNEED

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    public static partial int GetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    public static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    public static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "posix_fadvise", SetLastError = true)]
    public static partial int Advise(int file, long offset, long length, int advice);

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
