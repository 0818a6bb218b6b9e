using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeMore.Counselling;

/// <summary>How requests are read and envelopes are written, the same at both doors.</summary>
internal static class CounsellingJson
{
    /// <summary>Reads <c>{"message", "emotion", "timestamp"}</c> where the reader stands. Whatever is not as it should be counts as missing.</summary>
    public static TurnRequest ReadRequest(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject)
        {
            // None: there is no value at all, and nothing to skip.
            if (json.TokenType != JsonTokenType.None)
            {
                json.Skip();
            }

            return TurnRequest.Empty;
        }

        string? message = null;
        Emotion? emotion = null;
        long? timestamp = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (NameIs(ref json, "message"))
            {
                json.Read();
                message = ReadString(ref json) is { } text ? MessageText.Clean(text) : null;
            }
            else if (NameIs(ref json, "emotion"))
            {
                json.Read();
                emotion = EmotionNames.Parse(ReadString(ref json));
            }
            else if (NameIs(ref json, "timestamp"))
            {
                json.Read();
                timestamp = json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var ms) && ms >= 0 ? ms : null;
                json.Skip();
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }

        return new TurnRequest(message, emotion, timestamp);
    }

    /// <summary>
    /// The string where the reader stands; null, and past the value, if it is none. Unlike the framework's own it takes
    /// a lone surrogate (<c>"\ud800"</c> is valid JSON, and a speech recogniser that cuts an emoji in two sends it).
    /// </summary>
    public static string? ReadString(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.String)
        {
            json.Skip();
            return null;
        }

        return json.ValueIsEscaped ? Unescape(Raw(ref json)) : Encoding.UTF8.GetString(Raw(ref json));
    }

    /// <summary>Whether the member where the reader stands has this name: a lone surrogate, at which the framework's own comparison throws, is in none.</summary>
    public static bool NameIs(ref Utf8JsonReader json, string name) =>
        json.ValueIsEscaped ? Unescape(Raw(ref json)) == name : json.ValueTextEquals(name);

    private static ReadOnlySpan<byte> Raw(ref Utf8JsonReader json) => json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan;

    // The reader has checked the escapes' syntax already.
    private static string Unescape(ReadOnlySpan<byte> raw)
    {
        var text = new StringBuilder(raw.Length);
        while (true)
        {
            var escape = raw.IndexOf((byte)'\\');
            if (escape < 0)
            {
                return text.Append(Encoding.UTF8.GetString(raw)).ToString();
            }

            text.Append(Encoding.UTF8.GetString(raw[..escape]));
            var kind = raw[escape + 1];
            raw = raw[(escape + 2)..];
            if (kind != 'u')
            {
                text.Append(kind switch
                {
                    (byte)'n' => '\n',
                    (byte)'r' => '\r',
                    (byte)'t' => '\t',
                    (byte)'b' => '\b',
                    (byte)'f' => '\f',
                    _ => (char)kind,
                });
                continue;
            }

            text.Append((char)ushort.Parse(raw[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            raw = raw[4..];
        }
    }

    /// <summary>For SignalR's JSON protocol, which reads and writes the same shapes.</summary>
    public sealed class RequestConverter : JsonConverter<TurnRequest>
    {
        public override TurnRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ReadRequest(ref reader);

        public override void Write(Utf8JsonWriter writer, TurnRequest value, JsonSerializerOptions options) =>
            throw new NotSupportedException("A request is only ever read.");
    }

    /// <inheritdoc cref="RequestConverter"/>
    public sealed class EmotionConverter : JsonConverter<Emotion?>
    {
        public override bool HandleNull => true;

        public override Emotion? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            EmotionNames.Parse(ReadString(ref reader));

        public override void Write(Utf8JsonWriter writer, Emotion? value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value?.Name());
    }

    /// <inheritdoc cref="RequestConverter"/>
    public sealed class EnvelopeConverter : JsonConverter<Envelope>
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsAssignableTo(typeof(Envelope));

        public override Envelope Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("An envelope is only ever written.");

        public override void Write(Utf8JsonWriter writer, Envelope value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}
