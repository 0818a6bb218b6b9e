namespace BeMore.Data;

/// <summary>All that is stored of a turn, for its owner to take along. Only the row's number is left out: it counts what everybody said.</summary>
/// <param name="TurnId">Its own id; null in rows of others.</param>
/// <param name="UserMessage">What the person said.</param>
/// <param name="AiResponse">What the counsellor answered; empty where there is no answer, or none yet.</param>
/// <param name="Emotion">One of the eight; null for none.</param>
/// <param name="Timestamp">When it was said, in ms since 1970.</param>
/// <param name="CreatedAt">When it was kept; null where the table does not say.</param>
/// <param name="Outcome">One of <see cref="TurnOutcome"/>.</param>
public sealed record ExportedTurn(
    Guid? TurnId, string UserMessage, string AiResponse, string? Emotion, long Timestamp, DateTimeOffset? CreatedAt, string Outcome);
