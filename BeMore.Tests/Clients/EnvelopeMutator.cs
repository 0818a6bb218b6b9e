using System.Globalization;
using System.Text;

namespace BeMore.Tests;

/// <summary>What no well-behaved client sends, from a seed: valid UTF-8 always, JSON sometimes, an envelope at times.</summary>
internal sealed class EnvelopeMutator(int seed)
{
    private static readonly string[] Types =
        ["request_ai_response", "request_ai_response", "cancel_ai_response", "ping", "emotion_update", "vad_metrics", "dance", "", "PING", "pong", "ai_stream_begin", "핑"];

    private static readonly string[] Members = ["message", "emotion", "timestamp", "type", "data", "Message", "mess\\u0061ge", "", "__proto__", "$type", "슬픔"];

    private static readonly string[] Escapes =
        ["\\ud800", "\\udfff", "\\ud83d\\ude00", "\\u0000", "\\u001e", "\\u0006", "\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\u00e9", "\\uFEFF", "\\u", "\\x", "\\ud8"];

    private static readonly string[] Texts =
        ["안녕하세요", "😀", "a", " ", "\u0000", "\u001e", "\u0006", "\u0001", "\t", "\uFEFF", "\u200d", "e\u0301", "\u1112\u1161\u11ab", "sad", "excited", "1704902400000", "'; DROP TABLE sessions", "{0}"];

    private static readonly string[] Numbers =
        ["0", "-0", "1", "-1", "1.5", "1e400", "-1e-400", "1704902400000", "9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "01", "+1", "NaN", "0x10", ".5", "1."];

    private readonly Random _random = new(seed);

    public string Next()
    {
        var envelope = Envelope();
        return _random.Next(10) switch
        {
            0 => envelope[..CutAt(envelope)],
            1 or 2 => Flip(envelope),
            3 => Value(4),
            4 => envelope + OneOf(" ", "x", "{}", envelope, "\u001e", ",", "\u0000"),
            _ => envelope,
        };
    }

    private string Envelope()
    {
        var text = new StringBuilder("{");
        var members = _random.Next(1, 4);
        text.Append("\"type\":").Append(_random.Next(12) == 0 ? Value(2) : $"\"{OneOf(Types)}\"");
        for (var i = 0; i < members; i++)
        {
            // Duplicates among them.
            text.Append(",\"").Append(_random.Next(6) == 0 ? OneOf(Members) : "data").Append("\":").Append(_random.Next(4) == 0 ? Value(3) : Data());
        }

        return text.Append('}').ToString();
    }

    private string Data()
    {
        var members = Enumerable.Range(0, _random.Next(5)).Select(i => $"\"{(_random.Next(3) == 0 ? OneOf(Members) : Members[i % 3])}\":{Value(2)}");
        return $"{{{string.Join(',', members)}}}";
    }

    private string Value(int depth) => _random.Next(depth > 0 ? 12 : 8) switch
    {
        0 => OneOf("null", "true", "false", "nul", "undefined"),
        1 => OneOf(Numbers),
        2 => Nested(),
        >= 3 and < 8 => String(),
        8 or 9 => $"[{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth - 1)))}]",
        _ => $"{{{string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => $"{String()}:{Value(depth - 1)}"))}}}",
    };

    private string String()
    {
        var text = new StringBuilder("\"");
        for (var i = _random.Next(6); i > 0; i--)
        {
            var part = _random.Next(4) == 0 ? OneOf(Escapes) : OneOf(Texts);
            // Raw control characters are no JSON: mostly as escapes, so that what stands behind them is reached.
            text.Append(part.Length == 1 && part[0] < ' ' && _random.Next(8) != 0 ? $"\\u{((int)part[0]).ToString("x4", CultureInfo.InvariantCulture)}" : part);
        }

        if (_random.Next(100) == 0)
        {
            text.Insert(1, OneOf(Texts), _random.Next(1, 2100));
        }

        return text.Append('"').ToString();
    }

    private string Nested()
    {
        var depth = _random.Next(8) == 0 ? _random.Next(1, 5000) : _random.Next(1, 40);
        return _random.Next(2) == 0
            ? new string('[', depth) + new string(']', depth)
            : string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth);
    }

    /// <summary>Some characters into others: never half of a surrogate pair, so that it stays UTF-8.</summary>
    private string Flip(string envelope)
    {
        var runes = envelope.EnumerateRunes().ToArray();
        for (var i = _random.Next(1, 4); i > 0 && runes.Length > 0; i--)
        {
            runes[_random.Next(runes.Length)] = (Rune)OneOf('"', '{', '}', '[', ']', ',', ':', '\\', '\0', '\u001e', '\u0006', 'x', '한', ' ');
        }

        return string.Concat(runes.Select(r => r.ToString()));
    }

    private int CutAt(string envelope)
    {
        var at = _random.Next(envelope.Length + 1);
        return at > 0 && char.IsHighSurrogate(envelope[at - 1]) ? at - 1 : at;
    }

    private T OneOf<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
