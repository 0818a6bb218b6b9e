namespace BeMore.Bench.Measuring;

/// <summary>Each socket is an open file, in the hub and here.</summary>
internal static class OpenFileLimit
{
    /// <summary>Raises the limit of this process, which the hub inherits, where it may.</summary>
    /// <exception cref="BenchException">It may not; says how somebody else may.</exception>
    public static void Ensure(int needed)
    {
        _ = Libc.GetLimit(Libc.OpenFiles, out var limit);
        if (limit.Soft >= (ulong)needed)
        {
            return;
        }

        limit.Soft = (ulong)needed;
        limit.Hard = Math.Max(limit.Hard, limit.Soft);
        if (Libc.SetLimit(Libc.OpenFiles, limit) != 0)
        {
            _ = Libc.GetLimit(Libc.OpenFiles, out limit);
            throw new BenchException(
                $"This many sockets need {needed} open files, and {limit.Hard} are allowed: raise the limit (ulimit -Hn {needed}, or LimitNOFILE={needed} in systemd), or ask for fewer sockets.");
        }
    }
}
