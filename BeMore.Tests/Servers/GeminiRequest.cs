using System.Text.Json;

namespace BeMore.Tests;

/// <summary>One request as the fake received it.</summary>
public sealed class GeminiRequest(string model, string? apiKey, string query, JsonElement body)
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Model { get; } = model;

    /// <summary>The header x-goog-api-key.</summary>
    public string? ApiKey { get; } = apiKey;

    public string Query { get; } = query;

    public JsonElement Body { get; } = body;

    /// <summary>Completes when the fake is done with this request: true if the client went away before the script's end.</summary>
    public Task<bool> Ended => _ended.Task;

    public string? SystemInstruction => Body.TryGetProperty("systemInstruction", out var content) ? TextOf(content) : null;

    public IReadOnlyList<(string Role, string Text)> Contents =>
        [.. Body.GetProperty("contents").EnumerateArray().Select(content => (content.GetProperty("role").GetString()!, TextOf(content)))];

    public string LastUserText => Contents.LastOrDefault(content => content.Role == "user").Text ?? "";

    public JsonElement GenerationConfig => Body.TryGetProperty("generationConfig", out var config) ? config : default;

    internal void End(bool clientLeft) => _ended.TrySetResult(clientLeft);

    private static string TextOf(JsonElement content) =>
        string.Concat(content.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("text").GetString()));
}
