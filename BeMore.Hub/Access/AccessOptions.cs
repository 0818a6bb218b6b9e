using BeMore.Configuration;

namespace BeMore.Access;

/// <summary>Who may come in, and how often.</summary>
/// <param name="AllowedOrigins"><c>ALLOWED_ORIGINS</c>: the web pages that may use the hub, as browsers write them in <c>Origin</c>.</param>
/// <param name="MaxTurnsPerMinute"><c>MAX_AI_REQUESTS_PER_MINUTE</c>.</param>
/// <param name="JwtSecretKey"><c>JWT_SECRET_KEY</c>: what tokens are signed with; null where there are none.</param>
internal sealed record AccessOptions(IReadOnlyList<string> AllowedOrigins, int MaxTurnsPerMinute, string? JwtSecretKey)
{
    private const string DevelopmentOrigin = "http://localhost:5173";

    public static AccessOptions Read(Settings settings)
    {
        var origins = settings.Text("ALLOWED_ORIGINS") ?? (settings.IsDevelopment ? DevelopmentOrigin : "");
        return new AccessOptions(
            [.. origins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Normalise)],
            settings.Number("MAX_AI_REQUESTS_PER_MINUTE", 10, 1, 1_000_000),
            settings.Text("JWT_SECRET_KEY"));
    }

    private static string Normalise(string origin)
    {
        var isOrigin = Uri.TryCreate(origin, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url.PathAndQuery == "/" && url.UserInfo.Length == 0 && url.Fragment.Length == 0;
        return isOrigin
            // As a browser writes it: lower case, punycode, no default port, no slash at the end.
            ? $"{url!.Scheme}://{url.IdnHost}{(url.IsDefaultPort ? "" : $":{url.Port}")}"
            : throw Settings.Wrong("ALLOWED_ORIGINS", origin, "origins separated by commas, each like https://app.example.com, without a path and without *");
    }
}
