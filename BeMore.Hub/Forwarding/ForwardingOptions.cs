using System.Net;
using BeMore.Configuration;

namespace BeMore.Forwarding;

/// <summary>What stands behind the hub, and what stands in front of it.</summary>
internal sealed record ForwardingOptions
{
    private const string BackendUrl = "BACKEND_URL";

    /// <summary><c>BACKEND_URL</c>, without a slash at its end: what is not the hub's own goes there. Null: nowhere.</summary>
    public string? Backend { get; init; }

    /// <summary><c>TRUSTED_PROXIES</c>: whose word is taken for where a request comes from.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = Forwarding.TrustedProxies.ThisMachine;

    /// <summary>How long a connection to the backend may take to come about.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the backend may think, the upload done, before its answer begins: as long as the usual proxies let it.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long an answer or a socket may be without a byte in either direction: so long that nobody is there any more.</summary>
    public TimeSpan QuietTimeout { get; init; } = TimeSpan.FromHours(1);

    public static ForwardingOptions Read(Settings settings) => new()
    {
        Backend = ReadBackend(settings),
        TrustedProxies = Forwarding.TrustedProxies.Read(settings),
    };

    private static string? ReadBackend(Settings settings)
    {
        // First, because the value is shown where it is wrong otherwise.
        if (settings.Text(BackendUrl) is { } text && text.Contains('@', StringComparison.Ordinal))
        {
            throw Settings.Wrong(BackendUrl, Settings.Mask(text), "the backend's address, without a user or a password");
        }

        var url = settings.HttpUrl(BackendUrl);
        return url is null or { Fragment.Length: 0 }
            ? url?.GetLeftPart(UriPartial.Path).TrimEnd('/')
            : throw Settings.Wrong(BackendUrl, url.OriginalString, "a URL that ends with its host or its path");
    }
}
