using System.Globalization;
using Npgsql;

namespace BeMore.Data;

/// <summary>
/// <c>DATABASE_URL</c> as Render and Supabase give it: <c>postgres://user:password@host:port/database?sslmode=require</c>,
/// user and password percent-encoded.
/// </summary>
public static class DatabaseUrl
{
    /// <summary>What is right, for a sentence that says what is wrong.</summary>
    public const string Shape = "postgres://user:password@host:5432/database, with special characters percent-encoded and ?sslmode=require where the server asks for it";

    /// <summary>Statements that a connection keeps prepared: those of a turn, and as many more.</summary>
    private const int MostPrepared = 20;

    /// <summary>Parameters of other drivers that say nothing to this one.</summary>
    private static readonly string[] Ignored = ["connection_limit", "pool_timeout", "schema", "supa", "channel_binding"];

    /// <summary>The connection string of a URL.</summary>
    /// <exception cref="FormatException">It is not such a URL. The message holds nothing of it but a parameter's name.</exception>
    public static string ToConnectionString(string url)
    {
        if (!Uri.TryCreate(url.Trim(), UriKind.Absolute, out var uri) || uri.Scheme is not ("postgres" or "postgresql"))
        {
            throw new FormatException("it does not begin with postgres:// or postgresql://");
        }

        var database = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (database.Length == 0 || database.Contains('/', StringComparison.Ordinal))
        {
            throw new FormatException("it names no database");
        }

        if (uri.Port == 0)
        {
            throw new FormatException("its port is 0");
        }

        var credentials = uri.UserInfo.Split(':', 2);
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = Uri.UnescapeDataString(uri.Host.Trim('[', ']')),
            Port = uri.Port < 0 ? 5432 : uri.Port,
            Database = database,
            Username = credentials[0].Length == 0 ? null : Uri.UnescapeDataString(credentials[0]),
            Password = credentials.Length < 2 ? null : Uri.UnescapeDataString(credentials[1]),
            ApplicationName = "bemore-hub",
            // A pooler in transaction mode (Supabase) gives every transaction another server connection:
            // there is no session whose state could be reset, and nothing of ours leaves any.
            NoResetOnClose = true,
            // A turn needs the database for some ms at its start and its end. Small servers allow few connections in all,
            // and each costs them memory and a process.
            MaxPoolSize = 20,
            // A dead database must be noticed while somebody waits for an answer, not after the default 15 and 30 s.
            Timeout = 5,
            CommandTimeout = 10,
            MaxAutoPrepare = MayPrepare(uri) ? MostPrepared : 0,
        };

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = pair.Split('=', 2);
            Apply(builder, Uri.UnescapeDataString(halves[0]), halves.Length < 2 ? "" : Uri.UnescapeDataString(halves[1]));
        }

        if (string.IsNullOrEmpty(builder.Host))
        {
            throw new FormatException("it names no host");
        }

        return builder.ConnectionString;
    }

    /// <summary>
    /// Planning a turn's statements anew costs the server more than running them. But a pooler in transaction mode gives every transaction
    /// another server connection, to which what was prepared on the last is unknown. Such poolers are known by Supabase's port and hosts, or
    /// by <c>?pgbouncer=true</c>.
    /// </summary>
    private static bool MayPrepare(Uri uri) =>
        uri.Port != 6543 && !uri.Host.Contains("pooler", StringComparison.OrdinalIgnoreCase);

    private static void Apply(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "sslmode":
                builder.SslMode = value switch
                {
                    "disable" => SslMode.Disable,
                    "allow" => SslMode.Allow,
                    "prefer" => SslMode.Prefer,
                    "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA,
                    "verify-full" => SslMode.VerifyFull,
                    _ => throw new FormatException("its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full"),
                };
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "host":
                // A Unix socket's folder cannot stand where a URL has its host.
                builder.Host = value;
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "options":
                builder.Options = value;
                break;
            case "pgbouncer":
                builder.MaxAutoPrepare = value == "true" ? 0 : builder.MaxAutoPrepare;
                break;
            case "connect_timeout":
                builder.Timeout = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 1024
                    ? seconds
                    : throw new FormatException("its connect_timeout is not a number of seconds");
                break;
            default:
                if (!Ignored.Contains(name, StringComparer.Ordinal))
                {
                    throw new FormatException($"its parameter '{name}' is not known");
                }

                break;
        }
    }
}
