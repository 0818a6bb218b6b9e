namespace BeMore.Tests;

internal static class LogEntries
{
    /// <summary>All entries of an event, in order.</summary>
    public static IReadOnlyList<LogEntry> Named(this CapturedLogs logs, string name) =>
        [.. logs.Entries.Where(entry => entry.Event.Name == name)];

    /// <summary>One of the event's named values, as it is logged.</summary>
    public static string? Value(this LogEntry entry, string name) => entry.State.Single(pair => pair.Key == name).Value;
}
