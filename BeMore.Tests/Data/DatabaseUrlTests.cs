using BeMore.Data;
using Npgsql;

namespace BeMore.Tests;

/// <summary>docs/configuration.md: DATABASE_URL as Render and Supabase give it.</summary>
public sealed class DatabaseUrlTests
{
    [Theory]
    [InlineData("postgres://u:p@h/d", "h", 5432, "d", "u", "p")]
    [InlineData("postgresql://u:p@h:6543/d", "h", 6543, "d", "u", "p")]
    [InlineData("  postgres://u:p@h/d\n", "h", 5432, "d", "u", "p")]
    [InlineData("postgres://u:p%40ss%3A%2F%3F%23%25%20w@h/d", "h", 5432, "d", "u", "p@ss:/?#% w")]
    [InlineData("postgres://u:%EB%B9%84%EB%B0%80%3B%27%22@h/d", "h", 5432, "d", "u", "비밀;'\"")]
    [InlineData("postgres://u:a:b@h/d", "h", 5432, "d", "u", "a:b")]
    [InlineData("postgres://u:a+b@h/d", "h", 5432, "d", "u", "a+b")]
    [InlineData("postgres://postgres.abcdef:p@aws-0-ap-northeast-2.pooler.supabase.com:6543/postgres?pgbouncer=true", "aws-0-ap-northeast-2.pooler.supabase.com", 6543, "postgres", "postgres.abcdef", "p")]
    [InlineData("postgres://u%40tenant:p@h/my%20data", "h", 5432, "my data", "u@tenant", "p")]
    [InlineData("postgres://u:p@[::1]:5433/d", "::1", 5433, "d", "u", "p")]
    [InlineData("postgres://u:p@[2001:db8::1]/d", "2001:db8::1", 5432, "d", "u", "p")]
    [InlineData("postgres://u:p@10.0.0.7/d", "10.0.0.7", 5432, "d", "u", "p")]
    [InlineData("postgres://u@h/d", "h", 5432, "d", "u", null)]
    [InlineData("postgres://h/d", "h", 5432, "d", null, null)]
    [InlineData("postgres://u:p@h/d?host=/var/run/postgresql", "/var/run/postgresql", 5432, "d", "u", "p")]
    public void AUrlNamesTheDatabase(string url, string host, int port, string database, string? user, string? password)
    {
        var connection = new NpgsqlConnectionStringBuilder(DatabaseUrl.ToConnectionString(url));

        (connection.Host, connection.Port, connection.Database, connection.Username, connection.Password)
            .Should().Be((host, port, database, user, password));
    }

    [Theory]
    [InlineData("", SslMode.Prefer)]
    [InlineData("?sslmode=disable", SslMode.Disable)]
    [InlineData("?sslmode=allow", SslMode.Allow)]
    [InlineData("?sslmode=prefer", SslMode.Prefer)]
    [InlineData("?sslmode=require", SslMode.Require)]
    [InlineData("?pgbouncer=true&sslmode=verify-ca&connection_limit=1", SslMode.VerifyCA)]
    [InlineData("?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&channel_binding=require", SslMode.VerifyFull)]
    public void AUrlSaysHowTheLineIsSecured(string query, SslMode mode) =>
        new NpgsqlConnectionStringBuilder(DatabaseUrl.ToConnectionString($"postgres://u:p@h/d{query}")).SslMode.Should().Be(mode);

    [Theory]
    [InlineData("postgres://u:p@h/d", true)]
    [InlineData("postgres://u:p@h/d?pgbouncer=false", true)]
    [InlineData("postgres://u:p@h/d?pgbouncer=true", false)]
    [InlineData("postgres://u:p@h:6543/d", false)]
    [InlineData("postgres://postgres.abcdef:p@aws-0-ap-northeast-2.pooler.supabase.com:5432/postgres", false)]
    public void StatementsArePreparedWhereNoPoolerStandsBetween(string url, bool prepared) =>
        (new NpgsqlConnectionStringBuilder(DatabaseUrl.ToConnectionString(url)).MaxAutoPrepare > 0).Should().Be(prepared);

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("mysql://u:pw@h/d")]
    [InlineData("http://u:pw@h/d")]
    [InlineData("postgres:d")]
    [InlineData("postgres://u:pw@h")]
    [InlineData("postgres://u:pw@h/")]
    [InlineData("postgres://u:pw@h/d/e")]
    [InlineData("postgres://u:pw@h:0/d")]
    [InlineData("postgres://u:pw@h:65536/d")]
    [InlineData("postgres://u:pw@h:x/d")]
    [InlineData("postgres://u:p/w@h/d")]
    [InlineData("postgres://u:p#w@h/d")]
    [InlineData("postgres://u:pw@h/d?sslmode=REQUIRE!")]
    [InlineData("postgres://u:pw@h/d?sslmode")]
    [InlineData("postgres://u:pw@h/d?connect_timeout=-1")]
    [InlineData("postgres://u:pw@h/d?connect_timeout=99999")]
    [InlineData("postgres://u:pw@h/d?sslrootcert=&mode=x")]
    public void AnythingElseIsSaidToBeWrongWithoutShowingIt(string url)
    {
        var reading = () => DatabaseUrl.ToConnectionString(url);

        reading.Should().Throw<FormatException>().Which.Message.Should().NotContain("pw");
    }
}
