namespace BeMore.Tests;

/// <summary>The journal as an operator sees it: files in a directory.</summary>
internal static class JournalFolder
{
    public static IReadOnlyList<string> Files(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, "turns-*.jsonl").Order(StringComparer.Ordinal)] : [];

    /// <summary>Lines of all files, oldest first. Read past the lock, which is one of good manners.</summary>
    public static async Task<IReadOnlyList<string>> LinesAsync(string directory)
    {
        var lines = new List<string>();
        foreach (var file in Files(directory))
        {
            // File.ReadAllLines would ask for a lock.
            lines.AddRange((await PostgresPrograms.RunAsync(["cat", file], "/")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return lines;
    }

    /// <summary>Who may read it: 600 is its owner alone.</summary>
    public static async Task<string> ModeAsync(string file) => (await PostgresPrograms.RunAsync(["stat", "-c", "%a", file], "/")).Trim();

    /// <summary>Everything is stored: nothing is left to be.</summary>
    public static async Task EmptyAsync(string directory, TimeSpan? timeout = null)
    {
        using var clock = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(30));
        while (Files(directory).Count > 0)
        {
            if (clock.IsCancellationRequested)
            {
                throw new TimeoutException($"The journal still has {string.Join(", ", Files(directory))}.");
            }

            // A directory tells nobody what becomes of its files: it has to be asked again.
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
