using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeMore.Gemini;

// The parts of the REST interface v1beta that this product uses, named as Google names them.
// Reference: the discovery document of generativelanguage.googleapis.com, version v1beta.
// What every event of an answer consists of are classes with setters: the serialiser makes them for half of what a record costs.

internal sealed record GenerateContentRequest(
    Content? SystemInstruction,
    IReadOnlyList<Content> Contents,
    GenerationConfig GenerationConfig,
    IReadOnlyList<SafetySetting> SafetySettings);

/// <summary>What one side said.</summary>
internal sealed class Content
{
    /// <summary><c>user</c> or <c>model</c>; null in a system instruction.</summary>
    public string? Role { get; set; }

    /// <summary>Never empty in a request: Google refuses it.</summary>
    public List<Part>? Parts { get; set; }
}

internal sealed class Part
{
    /// <summary>Null in a part of another kind.</summary>
    public string? Text { get; set; }

    /// <summary>The model thinks aloud: not a part of the answer.</summary>
    public bool? Thought { get; set; }
}

internal sealed record GenerationConfig(float? Temperature, float? TopP, int? TopK, int? MaxOutputTokens, ThinkingConfig? ThinkingConfig);

internal sealed record ThinkingConfig(int? ThinkingBudget = null, string? ThinkingLevel = null);

internal sealed record SafetySetting(string Category, string Threshold);

/// <summary>One event of the stream, or the body of a refusal.</summary>
internal sealed class GenerateContentResponse
{
    public List<Candidate>? Candidates { get; set; }

    public PromptFeedback? PromptFeedback { get; set; }

    public UsageMetadata? UsageMetadata { get; set; }

    public string? ModelVersion { get; set; }

    public GoogleError? Error { get; set; }
}

internal sealed class Candidate
{
    public Content? Content { get; set; }

    public string? FinishReason { get; set; }
}

internal sealed record PromptFeedback(string? BlockReason);

internal sealed class UsageMetadata
{
    public int? PromptTokenCount { get; set; }

    public int? CandidatesTokenCount { get; set; }

    public int? ThoughtsTokenCount { get; set; }

    public int? TotalTokenCount { get; set; }
}

/// <summary><c>{"code":429,"status":"RESOURCE_EXHAUSTED","message":…,"details":[…]}</c>.</summary>
internal sealed record GoogleError(int? Code, string? Status, string? Message, IReadOnlyList<GoogleErrorDetail>? Details);

/// <summary>RetryInfo has a delay such as <c>"3s"</c> or <c>"1.5s"</c>, ErrorInfo a reason such as <c>API_KEY_INVALID</c>.</summary>
internal sealed record GoogleErrorDetail(string? RetryDelay, string? Reason);

[JsonSerializable(typeof(GenerateContentRequest))]
[JsonSerializable(typeof(GenerateContentResponse))]
internal sealed partial class GeminiJson : JsonSerializerContext
{
    public static readonly GeminiJson Wire = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Korean as UTF-8, not as escapes twice as long.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
