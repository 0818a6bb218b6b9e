namespace BeMore.Data;

/// <summary>What the table says of a session.</summary>
public sealed record SessionState(string? Status, bool HasEnded)
{
    /// <summary>No turn is taken any more.</summary>
    public bool IsOver => HasEnded || SessionStatus.IsOver(Status);

    /// <summary>No turn is taken until it is resumed.</summary>
    public bool IsPaused => !IsOver && SessionStatus.IsPaused(Status);
}
