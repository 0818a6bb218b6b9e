using BeMore.Configuration;

namespace BeMore.Keeping;

/// <summary>Where turns are kept while the database is away.</summary>
internal sealed record KeepingOptions
{
    /// <summary><c>JOURNAL_DIRECTORY</c>: on a disk that outlives the process.</summary>
    public string JournalDirectory { get; init; } = Path.GetFullPath("journal");

    /// <summary><c>JOURNAL_MAX_MB</c>: what the journal may hold in all.</summary>
    public long JournalMaxBytes { get; init; } = 256L << 20;

    public static KeepingOptions Read(Settings settings) => new()
    {
        JournalDirectory = Path.GetFullPath(settings.Text("JOURNAL_DIRECTORY") ?? "journal"),
        JournalMaxBytes = (long)settings.Number("JOURNAL_MAX_MB", 256, 1, 1_000_000, " of megabytes") << 20,
    };
}
