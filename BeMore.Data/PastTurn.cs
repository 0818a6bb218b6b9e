namespace BeMore.Data;

/// <summary>One turn of a session's history, as the next prompt needs it.</summary>
public sealed record PastTurn(string UserMessage, string AiResponse);
