using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeMore.Gemini;

// The parts of the REST interface v1beta that this product uses, named as Google names them.
// Reference: the discovery document of generativelanguage.googleapis.com, version v1beta.

internal sealed record GenerateContentRequest(
    Content? SystemInstruction,
    IReadOnlyList<Content> Contents,
    GenerationConfig GenerationConfig,
    IReadOnlyList<SafetySetting> SafetySettings);

/// <param name="Role"><c>user</c> or <c>model</c>; null in a system instruction.</param>
/// <param name="Parts">Never empty in a request: Google refuses it.</param>
internal sealed record Content(string? Role, IReadOnlyList<Part>? Parts);

/// <param name="Text">Null in a part of another kind.</param>
/// <param name="Thought">The model thinks aloud: not a part of the answer.</param>
internal sealed record Part(string? Text, bool? Thought = null);

internal sealed record GenerationConfig(float? Temperature, float? TopP, int? TopK, int? MaxOutputTokens, ThinkingConfig? ThinkingConfig);

internal sealed record ThinkingConfig(int? ThinkingBudget = null, string? ThinkingLevel = null);

internal sealed record SafetySetting(string Category, string Threshold);

/// <summary>One event of the stream, or the body of a refusal.</summary>
internal sealed record GenerateContentResponse(
    IReadOnlyList<Candidate>? Candidates,
    PromptFeedback? PromptFeedback,
    UsageMetadata? UsageMetadata,
    string? ModelVersion,
    GoogleError? Error);

internal sealed record Candidate(Content? Content, string? FinishReason);

internal sealed record PromptFeedback(string? BlockReason);

internal sealed record UsageMetadata(int? PromptTokenCount, int? CandidatesTokenCount, int? ThoughtsTokenCount, int? TotalTokenCount);

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
