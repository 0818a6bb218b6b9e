using System.Globalization;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>
/// <c>REDIS_URL</c> as those who rent Redis out give it: <c>redis://user:password@host:6379/0</c>, <c>rediss://</c> for TLS, user and
/// password percent-encoded; or <c>host:port</c> alone.
/// </summary>
internal static class RedisUrl
{
    /// <summary>What is right, for a sentence that says what is wrong.</summary>
    public const string Shape =
        "redis://user:password@host:6379/0, rediss:// for TLS, with special characters percent-encoded; user, password, port and database may be missing; or host:6379";

    private const int DefaultPort = 6379;

    /// <exception cref="FormatException">It is not such a URL. The message holds nothing of it.</exception>
    public static ConfigurationOptions Parse(string url)
    {
        var isUrl = url.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(isUrl ? url : "redis://" + url, UriKind.Absolute, out var uri) || uri.Scheme is not ("redis" or "rediss"))
        {
            throw new FormatException("it does not begin with redis:// or rediss://, and is no host:port");
        }

        if (uri.Host.Length == 0)
        {
            throw new FormatException("it names no host");
        }

        if (uri.Port == 0 || (!isUrl && (uri.Port < 0 || uri.UserInfo.Length > 0 || uri.AbsolutePath.Length > 1)))
        {
            throw new FormatException(isUrl ? "its port is 0" : "without redis:// it may be host:port, and nothing more");
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            throw new FormatException("it has parameters, and none is known");
        }

        var database = 0;
        if (uri.AbsolutePath.Length > 1 && !int.TryParse(uri.AbsolutePath.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out database))
        {
            throw new FormatException("its database is no number");
        }

        var credentials = uri.UserInfo.Split(':', 2);
        return new ConfigurationOptions
        {
            EndPoints = { { uri.IdnHost.Trim('[', ']'), uri.Port < 0 ? DefaultPort : uri.Port } },
            Ssl = uri.Scheme == "rediss",
            User = credentials[0].Length == 0 ? null : Uri.UnescapeDataString(credentials[0]),
            Password = credentials.Length < 2 ? null : Uri.UnescapeDataString(credentials[1]),
            DefaultDatabase = database,
        };
    }
}
