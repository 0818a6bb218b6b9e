namespace BeMore.Data;

/// <summary>The words that <c>sessions.status</c> holds.</summary>
public static class SessionStatus
{
    public const string Active = "active";
    public const string Paused = "paused";
    public const string Ended = "ended";

    /// <summary>Words for "over": ours, and those that the backend beside us may write.</summary>
    private static readonly string[] Over = [Ended, "completed", "closed", "expired"];

    /// <summary>Those of a session that takes no turns, for SQL to compare with in lower case.</summary>
    internal static readonly string NoTurnsSql = string.Join(", ", Over.Append(Paused).Select(s => $"'{s}'"));

    public static bool IsOver(string? status) =>
        status is not null && Over.Contains(status, StringComparer.OrdinalIgnoreCase);

    public static bool IsPaused(string? status) => Paused.Equals(status, StringComparison.OrdinalIgnoreCase);
}
