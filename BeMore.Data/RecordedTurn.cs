namespace BeMore.Data;

/// <summary>One turn as its owner reads it in the record of the talk.</summary>
/// <param name="UserMessage">What the person said.</param>
/// <param name="AiResponse">What the counsellor answered.</param>
/// <param name="Emotion">One of the eight; null for none.</param>
/// <param name="Timestamp">When it was said, in ms since 1970.</param>
public sealed record RecordedTurn(string UserMessage, string AiResponse, string? Emotion, long Timestamp);
