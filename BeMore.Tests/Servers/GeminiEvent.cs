namespace BeMore.Tests;

/// <summary>One event's JSON, member for member as Gemini writes it.</summary>
internal static class GeminiEvent
{
    public static string Text(string text, int tokens) => Candidate(new { content = Content(new { text }), index = 0 }, tokens);

    public static string Thought(string text, int tokens) => Candidate(new { content = Content(new { text, thought = true }), index = 0 }, tokens);

    public static string Finish(string finishReason, string? text, int tokens) => text is null
        ? Candidate(new { finishReason, index = 0 }, tokens)
        : Candidate(new { content = Content(new { text }), finishReason, index = 0 }, tokens);

    public static string Blocked(string blockReason, int tokens) =>
        WireJson.Serialize(new { promptFeedback = new { blockReason }, usageMetadata = Usage(tokens), modelVersion = "gemini-fake" });

    private static string Candidate(object candidate, int tokens) =>
        WireJson.Serialize(new { candidates = new[] { candidate }, usageMetadata = Usage(tokens), modelVersion = "gemini-fake", responseId = "fake" });

    private static object Content(object part) => new { parts = new[] { part }, role = "model" };

    /// <summary>Counts up from event to event, as Gemini's does.</summary>
    private static object Usage(int tokens) =>
        new { promptTokenCount = 100, candidatesTokenCount = tokens, totalTokenCount = 100 + tokens };
}
