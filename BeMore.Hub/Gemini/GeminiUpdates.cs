using System.Buffers;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>Events of Gemini's stream as updates of a chat.</summary>
internal static class GeminiUpdates
{
    private static readonly SearchValues<char> NameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    /// <exception cref="GeminiException">The event is an error.</exception>
    public static ChatResponseUpdate From(GenerateContentResponse data, string model)
    {
        if (data.Error is { } error)
        {
            throw GeminiErrors.InBand(error);
        }

        var candidate = data.Candidates is [var first, ..] ? first : null;
        var update = new ChatResponseUpdate { Role = ChatRole.Assistant, ModelId = Name(data.ModelVersion, model), FinishReason = FinishReason(data.PromptFeedback, candidate) };
        foreach (var part in candidate?.Content?.Parts ?? [])
        {
            // PostgreSQL refuses NUL: an answer that holds one could not be kept.
            if (part.Text?.Replace("\0", "", StringComparison.Ordinal) is { Length: > 0 } text)
            {
                update.Contents.Add(part.Thought == true ? new TextReasoningContent(text) : new TextContent(text));
            }
        }

        if (update.FinishReason is not null && data.UsageMetadata is { } usage)
        {
            update.Contents.Add(new UsageContent(new UsageDetails
            {
                InputTokenCount = usage.PromptTokenCount,
                OutputTokenCount = usage.CandidatesTokenCount,
                ReasoningTokenCount = usage.ThoughtsTokenCount,
                TotalTokenCount = usage.TotalTokenCount,
            }));
        }

        return update;
    }

    /// <summary>Which model an alias stood for; the alias for what looks like none, because it becomes a label of metrics.</summary>
    private static string Name(string? answering, string asked) =>
        answering is { Length: > 0 and <= 64 } && !answering.AsSpan().ContainsAnyExcept(NameLetters) ? answering : asked;

    // What Google adds to the list one day ends the answer like any other reason.
    private static ChatFinishReason? FinishReason(PromptFeedback? prompt, Candidate? candidate) => candidate?.FinishReason switch
    {
        null when prompt?.BlockReason is not null => ChatFinishReason.ContentFilter,
        null or "" or "FINISH_REASON_UNSPECIFIED" => null,
        "STOP" => ChatFinishReason.Stop,
        "MAX_TOKENS" => ChatFinishReason.Length,
        "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" => ChatFinishReason.ContentFilter,
        var other => new ChatFinishReason(other),
    };
}
