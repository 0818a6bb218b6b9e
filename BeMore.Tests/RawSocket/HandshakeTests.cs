using System.Net;
using System.Net.WebSockets;

namespace BeMore.Tests;

/// <summary>protocol.md, sections 1.2 and 6: who is let in, and what becomes of a session that ends while its socket is open.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("Test_session-123")]
    [InlineData("sess_1704902400000_0a1b2c3d")]
    [InlineData("-")]
    [InlineData("%61")]
    public async Task ASessionIdIsOfLettersDigitsUnderscoreAndHyphen(string sessionId) =>
        (await AskAsync(sessionId)).Status.Should().Be(HttpStatusCode.SwitchingProtocols);

    [Theory]
    [InlineData("a.b")]
    [InlineData("..a")]
    [InlineData("%20")]
    [InlineData("a%20")]
    [InlineData("a%2Fb")]
    [InlineData("a%00")]
    [InlineData("a%0Ab")]
    [InlineData("a;b")]
    [InlineData("a'--")]
    [InlineData("%EC%84%B8%EC%85%98")]
    [InlineData("%C3%A9")]
    [InlineData("%D9%A1")]
    public async Task AnyOtherIsRefusedWith400(string sessionId) =>
        (await AskAsync(sessionId)).Status.Should().Be(HttpStatusCode.BadRequest);

    [Theory]
    [InlineData(255, HttpStatusCode.SwitchingProtocols)]
    [InlineData(256, HttpStatusCode.BadRequest)]
    public async Task ASessionIdHas255CharactersAtMost(int length, HttpStatusCode status) =>
        (await AskAsync(new string('x', length))).Status.Should().Be(status);

    [Fact]
    public async Task APlainGetIsToldToUpgrade()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(hub.App.Http, "ws/session/s"));

        answer.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        answer.Headers.Upgrade.Should().ContainSingle().Which.Name.Should().Be("websocket");
    }

    [Fact]
    public async Task InProductionOnlyASessionThatIsThereAndHasNotEndedIsLetIn()
    {
        await using var hub = await ProductionAsync();
        await hub.ExecuteAsync(
            """
            INSERT INTO sessions (session_id, status, ended_at) VALUES
                ('open', 'active', NULL), ('paused', 'paused', NULL), ('bare', NULL, NULL), ('odd', 'waiting', NULL),
                ('ended', 'ended', NULL), ('ENDED', 'ENDED', NULL), ('completed', 'completed', NULL), ('over', 'active', now()), ('past', NULL, now())
            """);

        foreach (var open in (string[])["open", "paused", "bare", "odd"])
        {
            (await HandshakeProbe.AskAsync(hub.App.Socket(open))).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "{0} is open", open);
        }

        foreach (var refused in (string[])["unknown", "Open", "ended", "ENDED", "completed", "over", "past"])
        {
            (await HandshakeProbe.AskAsync(hub.App.Socket(refused))).Status.Should().Be(HttpStatusCode.NotFound, "{0} is refused", refused);
        }

        (await CountAsync(hub, "SELECT count(*) FROM sessions")).Should().Be(9, "a refused handshake makes no session");
    }

    [Fact]
    public async Task BehindAnotherBackendAnUnknownSessionIsMadeAndAnEndedOneIsStillRefused()
    {
        await using var hub = await ProductionAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });
        await hub.ExecuteAsync("INSERT INTO sessions (session_id, ended_at) VALUES ('over', now())");

        await using var client = await hub.ConnectAsync("sess_1704902400000_0a1b2c3d");
        await client.RequestAsync("안녕하세요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await hub.TurnsAsync("sess_1704902400000_0a1b2c3d")).Should().ContainSingle();
        (await HandshakeProbe.AskAsync(hub.App.Socket("over"))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task InDevelopmentUnknownSessionsMayBeRefusedToo()
    {
        await using var hub = await TestHub.StartAsync(new() { ["UNKNOWN_SESSIONS"] = "refuse" });

        (await HandshakeProbe.AskAsync(hub.App.Socket("unknown"))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("UPDATE sessions SET status = 'ended' WHERE session_id = 's'")]
    [InlineData("UPDATE sessions SET ended_at = now() WHERE session_id = 's'")]
    [InlineData("DELETE FROM sessions WHERE session_id = 's'")]
    public async Task ASessionThatEndsWhileItsSocketIsOpenTakesNoMoreTurns(string end)
    {
        await using var hub = await ProductionAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync(end);

        await client.RequestAsync("아직 거기 계세요?");
        var refusal = await client.NextAsync();
        await client.PingAsync();

        refusal.Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"세션이 만료되었습니다","code":"SESSION_EXPIRED"}}""");
        (await client.NextAsync()).Type.Should().Be("pong", "the socket stays open");
        hub.Gemini.Requests.Should().BeEmpty();
        (await CountAsync(hub, "SELECT count(*) FROM conversations")).Should().Be(0);
    }

    [Fact]
    public async Task AnErasedSessionIsNotMadeAnewUnderItsOpenSocket()
    {
        await using var hub = await TestHub.StartAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("안녕하세요");
        await client.ReadTurnAsync();

        await hub.ExecuteAsync("DELETE FROM sessions WHERE session_id = 's'");
        await client.RequestAsync("아직 거기 계세요?");

        (await client.NextAsync()).Code.Should().Be("SESSION_EXPIRED");
        (await CountAsync(hub, "SELECT count(*) FROM sessions")).Should().Be(0);
    }

    [Fact]
    public async Task ASessionThatIsErasedInMidAnswerHasExpiredAndLeavesNothing()
    {
        var gate = new TaskCompletionSource();
        await using var hub = await ProductionAsync();
        hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("지워 주세요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await hub.ExecuteAsync("DELETE FROM sessions WHERE session_id = 's'");
        gate.SetResult();

        (await client.ReadTurnAsync())[^1].Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"세션이 만료되었습니다","code":"SESSION_EXPIRED"}}""");
        (await CountAsync(hub, "SELECT count(*) FROM conversations")).Should().Be(0);
        (await CountAsync(hub, "SELECT count(*) FROM sessions")).Should().Be(0);
        hub.App.Logs.Entries.Should().NotContain(e => e.Event.Name == "TurnBroke", "that somebody erased a session is no incident");
    }

    [Fact]
    public async Task AnEndedSessionIsRefusedAtTheOtherDoorToo()
    {
        await using var hub = await ProductionAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id, status) VALUES ('ended', 'ended')");
        await using var connection = await hub.SignalRAsync();

        foreach (var session in (string[])["ended", "unknown"])
        {
            (await connection.RequestAsync(session, new { message = "안녕" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");
        }
    }

    [Fact]
    public async Task ManySocketsMayOpenOneNewSessionAtOnce()
    {
        await using var hub = await TestHub.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => HandshakeProbe.AskAsync(hub.App.Socket("new"))));

        // One has the session in the end; how many had it before is a matter of who was faster.
        answers.Should().OnlyContain(a => a.Status == HttpStatusCode.SwitchingProtocols || a.Status == HttpStatusCode.Conflict);
        answers.Should().Contain(a => a.Status == HttpStatusCode.SwitchingProtocols);
        (await CountAsync(hub, "SELECT count(*) FROM sessions")).Should().Be(1);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.SwitchingProtocols)]
    [InlineData("http://localhost:5173", HttpStatusCode.SwitchingProtocols)]
    [InlineData("https://localhost:5173", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:51730", HttpStatusCode.Forbidden)]
    [InlineData("http://localhost:5173.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("", HttpStatusCode.Forbidden)]
    public async Task InDevelopmentTheFrontendsOriginIsLetInAndNoOther(string? origin, HttpStatusCode status)
    {
        await using var hub = await TestHub.StartAsync();

        (await HandshakeProbe.AskAsync(hub.App.Socket("s"), origin)).Status.Should().Be(status);
        (await HandshakeProbe.AskAsync(hub.App.Hub(), origin)).Status.Should().Be(status, "the other door's WebSocket is no safer");
    }

    [Fact]
    public async Task SeveralOriginsMayBeAllowedHoweverTheyAreWritten()
    {
        await using var hub = await TestHub.StartAsync(new() { ["ALLOWED_ORIGINS"] = " https://App.Example.com/ ,http://localhost:3000,, https://b.example:443" });

        foreach (var origin in (string[])["https://app.example.com", "http://localhost:3000", "https://b.example"])
        {
            (await HandshakeProbe.AskAsync(hub.App.Socket("s"), origin)).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "{0} is allowed", origin);
        }

        (await HandshakeProbe.AskAsync(hub.App.Socket("s"), "http://localhost:5173")).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task InProductionNoPageIsLetInUnlessItIsNamed()
    {
        await using var hub = await ProductionAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });

        (await HandshakeProbe.AskAsync(hub.App.Socket("s"), "http://localhost:5173")).Status.Should().Be(HttpStatusCode.Forbidden);
        (await HandshakeProbe.AskAsync(hub.App.Socket("s"), hub.App.Http.GetLeftPart(UriPartial.Authority))).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task ARefusedHandshakeIsNeverAnOpenSocket()
    {
        await using var hub = await ProductionAsync();

        var connecting = () => hub.ConnectAsync("unknown");

        (await connecting.Should().ThrowAsync<WebSocketException>()).Which.Message.Should().Contain("404");
    }

    [Fact]
    public async Task WhatTheBrowserAsksBeforeASignalRCallIsAnswered()
    {
        await using var hub = await TestHub.StartAsync();
        using var http = new HttpClient();
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(hub.App.Http, "hubs/counselling/negotiate"));
        preflight.Headers.Add("Origin", "http://localhost:5173");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization, content-type, x-requested-with, x-signalr-user-agent");

        using var answer = await http.SendAsync(preflight);

        answer.IsSuccessStatusCode.Should().BeTrue();
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("http://localhost:5173");
        answer.Headers.GetValues("Access-Control-Allow-Headers").Single().Should().Contain("x-signalr-user-agent");
    }

    private static Task<TestHub> ProductionAsync(Dictionary<string, string?>? settings = null) => TestHub.StartAsync(settings, environment: "Production");

    private static async Task<HandshakeAnswer> AskAsync(string sessionId)
    {
        await using var hub = await TestHub.StartAsync();
        return await HandshakeProbe.AskAsync(hub.App.Socket(sessionId));
    }

    private static async Task<long> CountAsync(TestHub hub, string sql)
    {
        await using var connection = await hub.OpenAsync();
        await using var query = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        query.CommandText = sql;
#pragma warning restore CA2100
        return (long)(await query.ExecuteScalarAsync())!;
    }
}
