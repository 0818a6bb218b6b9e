using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7: the calls that look at a session, pause, resume, end and erase it. Here without tokens: the id authorises.</summary>
public sealed class SessionStatusTests : IAsyncLifetime
{
    private const string Expired = """{"success":false,"error":{"code":"SESSION_EXPIRED","message":"세션이 만료되었습니다"}}""";
    private const string NotFound = """{"success":false,"error":{"code":"SESSION_NOT_FOUND","message":"세션을 찾을 수 없습니다"}}""";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time, environment: "Production");

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task ASessionSaysHowItStandsAndSinceWhen()
    {
        var id = await _hub.App.StartSessionAsync();

        var session = await _hub.App.CallAsync("GET", $"session/{id}");

        var startedAt = session.Data.GetProperty("startedAt").GetInt64();
        session.Body.Should().Be(WireJson.Serialize(new { success = true, data = new { sessionId = id, status = "active", startedAt, endedAt = (long?)null } }));
        DateTimeOffset.FromUnixTimeMilliseconds(startedAt).Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        session.Header("cache-control").Should().Be("no-store");
    }

    [Theory]
    [InlineData("", "active")]
    [InlineData("pause", "paused")]
    [InlineData("pause pause", "paused")]
    [InlineData("resume", "active")]
    [InlineData("pause resume", "active")]
    [InlineData("pause resume resume", "active")]
    [InlineData("pause resume pause", "paused")]
    [InlineData("end", "ended")]
    [InlineData("end end end", "ended")]
    [InlineData("pause end", "ended")]
    [InlineData("pause resume end", "ended")]
    public async Task EachCallMaySucceedAgain(string calls, string status)
    {
        var id = await _hub.App.StartSessionAsync();

        foreach (var call in calls.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            // No body and no Content-Type, as the frontend calls it.
            var answer = await _hub.App.CallAsync("POST", $"session/{id}/{call}");
            var now = call switch { "pause" => "paused", "resume" => "active", _ => "ended" };
            answer.Body.Should().Be(WireJson.Serialize(new { success = true, data = new { sessionId = id, status = now } }));
        }

        (await StatusAsync(id)).Should().Be(status);
        (await _hub.RowAsync($"SELECT status, ended_at IS NOT NULL FROM sessions WHERE session_id = '{id}'")).Should().Be($"{status} {status == "ended"}");
    }

    [Theory]
    [InlineData("end", "pause")]
    [InlineData("end", "resume")]
    [InlineData("pause end", "resume")]
    [InlineData("pause end", "pause")]
    public async Task AnEndedSessionStaysSo(string calls, string refused)
    {
        var id = await _hub.App.StartSessionAsync();
        foreach (var call in calls.Split(' '))
        {
            await _hub.App.CallAsync("POST", $"session/{id}/{call}");
        }

        var answer = await _hub.App.CallAsync("POST", $"session/{id}/{refused}");

        answer.Status.Should().Be(HttpStatusCode.Conflict);
        answer.Body.Should().Be(Expired);
        (await StatusAsync(id)).Should().Be("ended");
    }

    [Fact]
    public async Task WhenItEndedFirstIsWhenItEnded()
    {
        var id = await _hub.App.StartSessionAsync();
        var end = _time.GetUtcNow().ToUnixTimeMilliseconds();

        for (var times = 0; times < 3; times++)
        {
            await _hub.App.CallAsync("POST", $"session/{id}/end");
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        (await _hub.App.CallAsync("GET", $"session/{id}")).Data.GetProperty("endedAt").GetInt64().Should().Be(end);
    }

    [Theory]
    [InlineData("completed", null, "ended")]
    [InlineData("EXPIRED", null, "ended")]
    [InlineData("active", "now()", "ended")]
    [InlineData("PAUSED", null, "paused")]
    [InlineData("waiting", null, "active")]
    [InlineData(null, null, "active")]
    public async Task TheWordsOfAnotherBackendAreToldInOurs(string? theirs, string? endedAt, string ours)
    {
        await _hub.ExecuteAsync($"INSERT INTO sessions (session_id, status, ended_at) VALUES ('s', {(theirs is null ? "NULL" : $"'{theirs}'")}, {endedAt ?? "NULL"})");

        (await StatusAsync("s")).Should().Be(ours);
        (await _hub.App.CallAsync("POST", "session/s/resume")).Status.Should().Be(ours == "ended" ? HttpStatusCode.Conflict : HttpStatusCode.OK);
        (await _hub.App.CallAsync("POST", "session/s/end")).Status.Should().Be(HttpStatusCode.OK);
        (await StatusAsync("s")).Should().Be("ended");
    }

    [Fact]
    public async Task AnErasedSessionIsGoneWithAllItsTurnsAndNoOthers()
    {
        var (id, other) = (await _hub.App.StartSessionAsync(), await _hub.App.StartSessionAsync());
        foreach (var session in (string[])[id, other, id])
        {
            await using var client = await _hub.ConnectAsync(session);
            await client.RequestAsync("안녕하세요");
            await client.ReadTurnAsync();
        }

        var answer = await _hub.App.CallAsync("DELETE", $"session/{id}");

        answer.Body.Should().Be(WireJson.Serialize(new { success = true, data = new { sessionId = id } }));
        (await _hub.RowAsync("SELECT string_agg(session_id, ' ') FROM sessions")).Should().Be(other);
        (await _hub.RowAsync("SELECT string_agg(session_id, ' ') FROM conversations")).Should().Be(other);
        (await HandshakeProbe.AskAsync(_hub.App.Socket(id))).Status.Should().Be(HttpStatusCode.NotFound);
        await NothingIsFoundAsync(id);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("end")]
    public async Task APausedOrAnEndedSessionMayBeErased(string call)
    {
        var id = await _hub.App.StartSessionAsync();
        await _hub.App.CallAsync("POST", $"session/{id}/{call}");

        (await _hub.App.CallAsync("DELETE", $"session/{id}")).Status.Should().Be(HttpStatusCode.OK);

        (await _hub.RowAsync("SELECT count(*) FROM sessions")).Should().Be("0");
    }

    [Theory]
    [InlineData("sess_0123456789abcdef0123456789abcdef")]
    [InlineData("start")]
    [InlineData("a.b")]
    [InlineData("...")]
    [InlineData("%20")]
    [InlineData("a%2Fb")]
    [InlineData("a%0A")]
    [InlineData("a'--")]
    [InlineData("%25")]
    [InlineData("%EC%84%B8%EC%85%98")]
    public Task AnUnknownSessionAndWhatCanBeNoneAreNotFound(string id) => NothingIsFoundAsync(id);

    [Fact]
    public Task AnIdOf256CharactersIsNotFound() => NothingIsFoundAsync(new string('x', 256));

    [Fact]
    public async Task TheWebServerItselfRefusesANulInAnAddress() =>
        (await _hub.App.CallAsync("GET", "session/a%00")).Status.Should().Be(HttpStatusCode.BadRequest);

    private async Task NothingIsFoundAsync(string id)
    {
        foreach (var (method, call) in ((string, string)[])
            [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/end"), ("DELETE", ""), ("GET", "/conversations"), ("GET", "/conversations?offset=5")])
        {
            var answer = await _hub.App.CallAsync(method, $"session/{id}{call}");
            answer.Status.Should().Be(HttpStatusCode.NotFound, "{0} {1}", method, call);
            answer.Body.Should().Be(NotFound);
            answer.Header("content-type").Should().Be("application/json; charset=utf-8");
            answer.Header("cache-control").Should().Be("no-store");
        }
    }

    private async Task<string?> StatusAsync(string id) => (await _hub.App.CallAsync("GET", $"session/{id}")).Data.GetProperty("status").GetString();
}
