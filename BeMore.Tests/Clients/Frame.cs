using System.Text.Json;

namespace BeMore.Tests;

/// <summary>One envelope as it came over the socket.</summary>
/// <param name="Data">The member <c>data</c>; of kind Undefined where there is none.</param>
/// <param name="ReceivedAt">By <see cref="TimeProvider.GetTimestamp"/> of the system's clock.</param>
public sealed record Frame(string Type, JsonElement Data, string Raw, long ReceivedAt)
{
    public const string Begin = "ai_stream_begin";
    public const string ChunkType = "ai_stream_chunk";
    public const string Complete = "ai_stream_complete";
    public const string StreamError = "ai_stream_error";

    public string? Chunk => Text("chunk");

    /// <summary>The sentence of an <c>ai_stream_error</c>.</summary>
    public string? Error => Text("error");

    public string? Code => Text("code");

    /// <summary>The sentence of an <c>error</c>.</summary>
    public string? Message => Text("message");

    public bool EndsATurn => Type is Complete or StreamError or "error";

    public static Frame Parse(string raw)
    {
        using var document = JsonDocument.Parse(raw);
        var root = document.RootElement;
        return new Frame(
            root.GetProperty("type").GetString()!,
            root.TryGetProperty("data", out var data) ? data.Clone() : default,
            raw,
            TimeProvider.System.GetTimestamp());
    }

    private string? Text(string name) =>
        Data.ValueKind == JsonValueKind.Object && Data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}

public static class Frames
{
    /// <summary>The answer: all chunks, joined.</summary>
    public static string Text(this IEnumerable<Frame> frames) => string.Concat(frames.Select(frame => frame.Chunk));

    public static IReadOnlyList<string> Types(this IEnumerable<Frame> frames) => [.. frames.Select(frame => frame.Type)];
}
