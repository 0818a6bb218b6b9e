namespace BeMore.Data;

/// <summary>A row of <c>conversations</c>: what one person said and what the counsellor answered (protocol.md, section 4).</summary>
public sealed class Conversation
{
    public int Id { get; init; }

    public required string SessionId { get; init; }

    /// <summary>Trimmed, without NUL and lone surrogates: PostgreSQL stores neither.</summary>
    public required string UserMessage { get; init; }

    /// <summary>All chunks of the answer that were shown, joined, to the last code point; empty where there is none, or none yet.</summary>
    public required string AiResponse { get; init; }

    /// <summary>One of the eight emotions in lower case; null for none.</summary>
    public string? Emotion { get; init; }

    /// <summary>When it was said, in ms since 1970, by the client's clock where that is believable.</summary>
    public required long Timestamp { get; init; }

    /// <summary>UTC; the database's own clock.</summary>
    public DateTime? CreatedAt { get; init; }

    /// <summary>The turn's own id, by which it is kept once however often it is stored; null in rows of others.</summary>
    public Guid? TurnId { get; init; }

    /// <summary>One of <see cref="TurnOutcome"/>.</summary>
    public string Outcome { get; init; } = TurnOutcome.Answered;
}
