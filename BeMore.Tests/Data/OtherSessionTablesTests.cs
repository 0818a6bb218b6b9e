using System.Net;

namespace BeMore.Tests;

/// <summary>The calls on a session where the tables are not those of this product's PostgreSQL migrations: the embedded file, and a table of the owner's.</summary>
public sealed class OtherSessionTablesTests
{
    [Fact]
    public async Task TheEmbeddedDatabaseKnowsEveryCall()
    {
        var folder = Directory.CreateTempSubdirectory("bemore-sqlite-").FullName;
        try
        {
            await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
            {
                ["SQLITE_FILE"] = Path.Combine(folder, "talks.db"),
                ["JWT_SECRET_KEY"] = TestToken.Secret,
                ["UNKNOWN_SESSIONS"] = "refuse",
                ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            });

            await EveryCallAsync(app, TestToken.Owner);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    // What migrations add to such a table is text.
    [InlineData("session_id varchar(255) PRIMARY KEY", "\"owner\"")]
    [InlineData("session_id varchar(255) PRIMARY KEY, user_id integer, status text, created_at timestamp DEFAULT now(), ended_at timestamp", "\"7\"")]
    [InlineData("session_id varchar(255) PRIMARY KEY, user_id bigint, status varchar(20) NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'ended'))", "7")]
    [InlineData("id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id varchar(255) UNIQUE NOT NULL, user_id uuid, extra jsonb DEFAULT '{}'", "\"0192d3a4-5b6c-4d7e-8f90-a1b2c3d4e5f6\"")]
    [InlineData("session_id varchar(255) PRIMARY KEY, created_at bigint DEFAULT 1704902400000, ended_at timestamptz", "\"owner\"")]
    public async Task ATableOfTheOwnersTakesEveryCallAndBothDoors(string columns, string subject)
    {
        await using var hub = await StartAsync(columns, new() { ["JWT_SECRET_KEY"] = TestToken.Secret });

        await EveryCallAsync(hub.App, TestToken.Owner with { Subject = subject });
    }

    [Theory]
    [InlineData("")]
    [InlineData("REFERENCES sessions (session_id)")]
    public async Task AnErasureTakesTheTurnsWithItAlsoWhereTheirTableDoesNot(string reference)
    {
        await using var hub = await TestHub.StartAsync(
            new()
            {
                ["DATABASE_URL"] = await TestHub.CreateDatabaseAsync(
                    $"""
                    CREATE TABLE sessions (session_id varchar(255) PRIMARY KEY);
                    CREATE TABLE conversations (
                        id serial PRIMARY KEY, session_id varchar(255) {reference}, user_message text, ai_response text,
                        emotion varchar(50), "timestamp" bigint, created_at timestamptz DEFAULT now())
                    """),
            },
            environment: "Production");
        var (id, other) = (await hub.App.StartSessionAsync(), await hub.App.StartSessionAsync());
        foreach (var session in (string[])[id, other])
        {
            await using var client = await hub.ConnectAsync(session);
            await client.RequestAsync("안녕하세요");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        (await hub.App.CallAsync("DELETE", $"session/{id}")).Status.Should().Be(HttpStatusCode.OK);

        (await hub.RowsAsync()).Should().ContainSingle().Which.SessionId.Should().Be(other);
    }

    [Theory]
    [InlineData("user_id integer")]
    [InlineData("user_id integer NOT NULL DEFAULT 7")]
    [InlineData("user_id uuid")]
    public async Task WithoutATokenUsersThatAreNoTextDoNotMatter(string userId)
    {
        await using var hub = await StartAsync($"session_id varchar(255) PRIMARY KEY, {userId}", new() { ["UNKNOWN_SESSIONS"] = "create" });

        await using var client = await hub.ConnectAsync("sess_1704902400000_0a1b2c3d");
        await client.RequestAsync("안녕하세요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await hub.App.CallAsync("GET", "session/sess_1704902400000_0a1b2c3d")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task WhoFirstNamesAnothersSessionWithATokenOwnsItAlsoWhereUsersAreNumbers()
    {
        await using var hub = await StartAsync(
            "session_id varchar(255) PRIMARY KEY, user_id integer", new() { ["JWT_SECRET_KEY"] = TestToken.Secret, ["UNKNOWN_SESSIONS"] = "create" });
        await using (var bare = await hub.ConnectAsync("theirs"))
        {
            await bare.CloseAsync();
        }

        foreach (var (subject, code) in ((string, string?)[])[("\"7\"", null), ("8", "SESSION_EXPIRED"), ("7", null)])
        {
            await using var connection = await hub.SignalRAsync(token: new TestToken { Subject = subject });
            (await connection.RequestAsync("theirs", new { message = "안녕하세요" }).ReadAsync())[^1].Code.Should().Be(code);
        }

        (await hub.RowAsync("SELECT user_id FROM sessions")).Should().Be("7");
    }

    private static async Task EveryCallAsync(BeMoreApplication app, TestToken token)
    {
        var id = await app.StartSessionAsync(token);
        await using (var client = await app.ConnectAsync(id))
        {
            await client.RequestAsync("안녕하세요", "sad", 1704902400000);
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        foreach (var (call, status) in ((string, string)[])[("pause", "paused"), ("resume", "active"), ("end", "ended")])
        {
            (await app.CallAsync("POST", $"session/{id}/{call}", token)).Status.Should().Be(HttpStatusCode.OK);
            (await app.CallAsync("GET", $"session/{id}", token)).Data.GetProperty("status").GetString().Should().Be(status);
        }

        var session = (await app.CallAsync("GET", $"session/{id}", token)).Data;
        DateTimeOffset.FromUnixTimeMilliseconds(session.GetProperty("endedAt").GetInt64()).Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        var record = (await app.CallAsync("GET", $"session/{id}/conversations", token)).Data;
        record.GetProperty("conversations").EnumerateArray().Should().ContainSingle()
            .Which.GetProperty("userMessage").GetString().Should().Be("안녕하세요");
        (await app.CallAsync("GET", $"session/{id}", TestToken.Other with { Subject = "9" })).Code.Should().Be("SESSION_NOT_FOUND");
        (await app.CallAsync("DELETE", $"session/{id}", token)).Status.Should().Be(HttpStatusCode.OK);
        (await app.CallAsync("GET", $"session/{id}", token)).Code.Should().Be("SESSION_NOT_FOUND");
    }

    private static async Task<TestHub> StartAsync(string columns, Dictionary<string, string?> settings)
    {
        var url = await TestHub.CreateDatabaseAsync($"CREATE TABLE sessions ({columns})");
        settings["DATABASE_URL"] = url;
        return await TestHub.StartAsync(settings, environment: "Production");
    }
}
