using System.Globalization;

namespace BeMore.Configuration;

/// <summary>
/// The settings of protocol.md, section 5, under one name each, wherever they come from: an environment variable,
/// <c>.env</c> or <c>appsettings.json</c>. A blank value counts as none, because that is how compose files pass an unset variable.
/// </summary>
internal sealed class Settings(IConfiguration configuration, bool isDevelopment)
{
    public bool IsDevelopment { get; } = isDevelopment;

    public string? Text(string name)
    {
        var value = configuration[name]?.Trim();
        return string.IsNullOrEmpty(value) ? null : value;
    }

    public int Number(string name, int otherwise, int least, int most, string unit = "")
    {
        var value = Text(name);
        if (value is null)
        {
            return otherwise;
        }

        return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Wrong(name, value, $"a whole number{unit} from {least} to {most}");
    }

    /// <summary><c>PORT</c>; 0 is any free one, which the log then names.</summary>
    public int Port() => Number("PORT", 8000, 0, 65535);

    public TimeSpan Milliseconds(string name, int otherwise, int least, int most) =>
        TimeSpan.FromMilliseconds(Number(name, otherwise, least, most, " of milliseconds"));

    public TimeSpan Seconds(string name, int otherwise, int least, int most) =>
        TimeSpan.FromSeconds(Number(name, otherwise, least, most, " of seconds"));

    public Uri? HttpUrl(string name)
    {
        var value = Text(name);
        if (value is null)
        {
            return null;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Query.Length == 0
            ? url
            : throw Wrong(name, value, "a URL that begins with http:// or https:// and has no query");
    }

    /// <summary>One of these words, in lower case; null where it is not set.</summary>
    public string? OneOf(string name, params string[] words)
    {
        var value = Text(name);
        return value is null || words.Contains(value, StringComparer.OrdinalIgnoreCase)
            ? value?.ToLowerInvariant()
            : throw Wrong(name, value, $"{string.Join(", ", words[..^1])} or {words[^1]}");
    }

    /// <summary>Stops the start: <paramref name="value"/> is not right. Secrets are given through <see cref="Mask"/>.</summary>
    public static ConfigurationException Wrong(string name, string value, string right) =>
        new($"{name} is \"{value}\", but must be {right}.");

    /// <summary>Stops the start: something that Production needs is not there.</summary>
    public static ConfigurationException Missing(string name, string right) =>
        new($"{name} is not set, but must be in Production: {right}.");

    /// <summary>What may be shown of a secret: a URL's scheme, and nothing of anything else.</summary>
    public static string Mask(string secret)
    {
        var scheme = secret.IndexOf("://", StringComparison.Ordinal);
        return scheme is > 0 and < 16 && secret[..scheme].All(c => char.IsAsciiLetterLower(c) || c == '+')
            ? secret[..(scheme + 3)] + "***"
            : "***";
    }
}
