using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>A talk as Gemini's REST interface wants it.</summary>
internal static class GeminiRequests
{
    // People who tell of violence, abuse or death are whom this product is for: at Google's default threshold their
    // own words, and answers to them, are blocked as harassment or danger.
    private static readonly SafetySetting[] SafetySettings =
    [
        new("HARM_CATEGORY_HARASSMENT", "BLOCK_ONLY_HIGH"),
        new("HARM_CATEGORY_HATE_SPEECH", "BLOCK_ONLY_HIGH"),
        new("HARM_CATEGORY_SEXUALLY_EXPLICIT", "BLOCK_ONLY_HIGH"),
        new("HARM_CATEGORY_DANGEROUS_CONTENT", "BLOCK_ONLY_HIGH"),
    ];

    public static GenerateContentRequest Compose(IEnumerable<ChatMessage> messages, ChatOptions? options, ThinkingConfig? thinking)
    {
        Content? system = null;
        var contents = new List<Content>();
        foreach (var message in messages)
        {
            // Google refuses a part without text.
            if (message.Text is not { Length: > 0 } text)
            {
                continue;
            }

            if (message.Role == ChatRole.System)
            {
                (system ??= new Content { Parts = [] }).Parts!.Add(new Part { Text = text });
            }
            else
            {
                contents.Add(new Content { Role = message.Role == ChatRole.Assistant ? "model" : "user", Parts = [new Part { Text = text }] });
            }
        }

        var config = new GenerationConfig(options?.Temperature, options?.TopP, options?.TopK, options?.MaxOutputTokens, thinking);
        return new GenerateContentRequest(system, contents, config, SafetySettings);
    }
}
