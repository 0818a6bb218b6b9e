namespace BeMore.Data;

/// <summary>One turn of a session's history, as the next prompt needs it.</summary>
/// <param name="UserMessage">What the person said.</param>
/// <param name="AiResponse">What the counsellor answered.</param>
/// <param name="WasInterrupted">The person cut in: the answer ends where it was.</param>
public sealed record PastTurn(string UserMessage, string AiResponse, bool WasInterrupted = false);
