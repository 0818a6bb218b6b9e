using System.Net;
using System.Text.Json;

namespace BeMore.Tests;

/// <summary>All that is stored of a session, for its owner to take along: <c>GET /api/session/{id}/export</c>.</summary>
public sealed class ExportTests
{
    [Fact]
    public async Task ItHasAllThatIsStoredOfTheSessionAndNothingOfAnother()
    {
        await using var hub = await TestHub.StartAsync(
            new() { ["JWT_SECRET_KEY"] = TestToken.Secret }, environment: "Production");
        var session = await hub.App.StartSessionAsync(TestToken.Owner);
        var other = await hub.App.StartSessionAsync(TestToken.Owner);
        hub.Gemini.Next(Gemini.Says("<b>많이</b> 힘드셨겠어요 & \"천천히\" 이야기해요."));
        await using (var client = await hub.ConnectAsync(session))
        {
            await client.RequestAsync("요즘 잠이 안 와요", "anxious", 1704902400000);
            await client.ReadTurnAsync();
            hub.Gemini.Next(Gemini.Begins("음, ").Cuts());
            await client.RequestAsync("그냥요", timestamp: 1704902401000);
            await client.ReadTurnAsync();
            await client.CloseAsync();
        }

        await hub.ExecuteAsync($"INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) VALUES ('{session}', '예전', '말', 5, NULL), ('{other}', '남의 말', '', 1704902400000, now())");
        (await hub.App.CallAsync("POST", $"session/{session}/end", TestToken.Owner)).Status.Should().Be(HttpStatusCode.OK);

        var answer = await hub.App.CallAsync("GET", $"session/{session}/export", TestToken.Owner);

        answer.Status.Should().Be(HttpStatusCode.OK);
        answer.Header("content-type").Should().Be("application/json; charset=utf-8");
        answer.Header("content-disposition").Should().Be($"attachment; filename=\"bemore-{session}.json\"");
        answer.Header("cache-control").Should().Be("no-store");
        answer.Body.Should().Contain("<b>많이</b> 힘드셨겠어요 & ", "it is written as it was said");
        // What the table says, by itself.
        var (stored, turns) = (await hub.RowAsync($"SELECT jsonb_build_object('sessionId', session_id, 'userId', user_id, 'status', status, 'startedAt', {Ms("created_at")}, 'endedAt', {Ms("ended_at")}) FROM sessions WHERE session_id = '{session}'"),
            await hub.RowAsync($"""SELECT jsonb_agg(jsonb_build_object('turnId', turn_id, 'userMessage', user_message, 'aiResponse', ai_response, 'emotion', emotion, 'timestamp', "timestamp", 'createdAt', {Ms("created_at")}, 'outcome', outcome) ORDER BY "timestamp", id) FROM conversations WHERE session_id = '{session}'"""));
        JsonElement.DeepEquals(answer.Data.GetProperty("session"), Parse(stored)).Should().BeTrue("{0} is {1}", answer.Body, stored);
        JsonElement.DeepEquals(answer.Data.GetProperty("conversations"), Parse(turns)).Should().BeTrue("{0} is {1}", answer.Body, turns);
        answer.Data.GetProperty("conversations").EnumerateArray().Select(t => t.GetProperty("outcome").GetString()).Should().Equal("answered", "answered", "failed");
        answer.Data.EnumerateObject().Select(p => p.Name).Should().Equal("timeUnit", "exportedAt", "session", "conversations");
        answer.Data.GetProperty("timeUnit").GetString().Should().Be("ms since 1970-01-01T00:00:00Z");
        DateTimeOffset.FromUnixTimeMilliseconds(answer.Data.GetProperty("exportedAt").GetInt64()).Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task EveryColumnOfBothTablesIsInIt()
    {
        await using var hub = await TestHub.StartAsync();

        // A column that is added to a table belongs into the export, or beside these with the reason.
        (await hub.RowAsync("SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'sessions'"))
            .Should().Be("session_id user_id status created_at ended_at");
        (await hub.RowAsync("SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'conversations'"))
            .Should().Be("id session_id user_message ai_response emotion timestamp created_at turn_id outcome", "id, which counts everybody's turns, is not exported");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(1001)]
    public async Task ATalkOfAnyLengthIsWholeAndInOrderAlsoWhereTimesAreEqual(int turns)
    {
        await using var hub = await TestHub.StartAsync();
        await hub.ExecuteAsync(
            $"""
            INSERT INTO sessions (session_id) VALUES ('s');
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp) SELECT 's', i::text, 'a', i / 300 - 1 FROM generate_series(1, {turns}) i
            """);

        var answer = await hub.App.CallAsync("GET", "session/s/export");

        answer.Data.GetProperty("conversations").EnumerateArray().Select(t => t.GetProperty("userMessage").GetString())
            .Should().Equal(Enumerable.Range(1, turns).Select(i => $"{i}"));
    }

    [Fact]
    public async Task TheEmbeddedDatabaseExportsTheSame()
    {
        var folder = Directory.CreateTempSubdirectory("bemore-sqlite-").FullName;
        try
        {
            await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
            {
                ["SQLITE_FILE"] = Path.Combine(folder, "talks.db"),
                ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            });
            var session = await app.StartSessionAsync();
            await using (var client = await app.ConnectAsync(session))
            {
                await client.RequestAsync("안녕하세요", "sad", 1704902400000);
                await client.ReadTurnAsync();
                await client.RequestAsync("또 왔어요", null, 1704902400000);
                await client.ReadTurnAsync();
            }

            var exported = (await app.CallAsync("GET", $"session/{session}/export")).Data;

            exported.GetProperty("session").GetProperty("status").GetString().Should().Be("active");
            DateTimeOffset.FromUnixTimeMilliseconds(exported.GetProperty("session").GetProperty("startedAt").GetInt64()).Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
            var turns = exported.GetProperty("conversations").EnumerateArray().ToList();
            turns.Select(t => t.GetProperty("userMessage").GetString()).Should().Equal("안녕하세요", "또 왔어요");
            turns.Select(t => t.GetProperty("emotion").GetString()).Should().Equal("sad", null);
            turns.Should().OnlyContain(t => t.GetProperty("outcome").GetString() == "answered" && t.GetProperty("turnId").GetGuid().Version == 7);
            DateTimeOffset.FromUnixTimeMilliseconds(turns[0].GetProperty("createdAt").GetInt64()).Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("sess!")]
    public async Task WhatIsNoSessionIsAnsweredAsEverywhere(string session)
    {
        await using var hub = await TestHub.StartAsync();

        var answer = await hub.App.CallAsync("GET", $"session/{session}/export");

        answer.Status.Should().Be(HttpStatusCode.NotFound);
        answer.Body.Should().Be("""{"success":false,"error":{"code":"SESSION_NOT_FOUND","message":"세션을 찾을 수 없습니다"}}""");
        answer.Header("content-disposition").Should().BeNull();
    }

    [Fact]
    public async Task WhereTheTurnsCannotBeReadThatIsSaidBeforeTheFileBegins()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s'); ALTER TABLE conversations RENAME TO elsewhere");

        var answer = await hub.App.CallAsync("GET", "session/s/export");

        (answer.Status, answer.Code).Should().Be((HttpStatusCode.ServiceUnavailable, "DATABASE_UNAVAILABLE"));
    }

    [Fact]
    public async Task WithABackendTheCallIsTheBackends()
    {
        await using var hub = await ForwardingHub.StartAsync();

        var answer = await hub.App.CallAsync("GET", "session/s/export");

        hub.Backend.Requests.Should().ContainSingle().Which.Target.Should().Be("/api/session/s/export");
        answer.Header("content-disposition").Should().BeNull();
    }

    private static string Ms(string column) => $"floor(extract(epoch FROM {column}) * 1000)::bigint";

    private static JsonElement Parse(string? json) => JsonDocument.Parse(json!).RootElement;
}
