using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>JSON as browsers and Google write it: Korean and emoji as they are, not as \u escapes, so that they are split where they can be.</summary>
internal static partial class WireJson
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Serialize(object value) =>
        Escape().Replace(JsonSerializer.Serialize(value, Relaxed), escape => escape.Groups["pair"].Success ? Regex.Unescape(escape.Value) : escape.Value);

    /// <summary>
    /// No encoder of the framework's leaves surrogate pairs alone. Every escape is matched, so that none is taken for one in the
    /// middle of another (of an escaped backslash before a u).
    /// </summary>
    [GeneratedRegex(@"(?<pair>\\uD[89AB][0-9A-F]{2}\\uD[C-F][0-9A-F]{2})|\\.")]
    private static partial Regex Escape();
}
