namespace BeMore.Data;

/// <summary>What the table says of a session.</summary>
public sealed record SessionState(string? Status, bool HasEnded)
{
    public static readonly SessionState Active = new(SessionStatus.Active, HasEnded: false);

    /// <summary>Also of one that is there no more.</summary>
    public static readonly SessionState Ended = new(SessionStatus.Ended, HasEnded: true);

    /// <summary>No turn is taken any more.</summary>
    public bool IsOver => HasEnded || SessionStatus.IsOver(Status);

    /// <summary>No turn is taken until it is resumed.</summary>
    public bool IsPaused => !IsOver && SessionStatus.IsPaused(Status);
}
