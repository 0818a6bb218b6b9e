using System.Text.Json;
using BeMore.Counselling;

namespace BeMore.AnalysisSockets;

internal static class Ping
{
    /// <summary>As deep as the session's socket reads (protocol.md, section 1.2).</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    /// <summary>Whether the text is <c>{"type":"ping"}</c>, with or without data.</summary>
    public static bool Is(ReadOnlySpan<byte> text)
    {
        // Nearly all that comes here is none, and need not be read as JSON: it has not the word, nor an escape that could hide it.
        if (text.IndexOf("ping"u8) < 0 && !text.Contains((byte)'\\'))
        {
            return false;
        }

        try
        {
            return IsTypePing(text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool IsTypePing(ReadOnlySpan<byte> text)
    {
        var json = new Utf8JsonReader(text, Options);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        var isPing = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isType = CounsellingJson.NameIs(ref json, "type");
            json.Read();
            if (isType)
            {
                isPing = json.TokenType == JsonTokenType.String && CounsellingJson.NameIs(ref json, "ping");
            }

            json.Skip();
        }

        // Reading on finds what stands behind the object, which is no JSON then.
        json.Read();
        return isPing;
    }
}
