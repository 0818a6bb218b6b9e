using System.Net;
using System.Net.WebSockets;
using System.Text;
using BeMore.AnalysisSockets;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7: the two other sockets, in a hub that stands alone, answer pings and drop the rest.</summary>
public sealed class AnalysisSocketTests : IAsyncLifetime
{
    private readonly ObservedTime _time = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task AllThreeSocketsOfASessionAreOpenAtOnceAndGiveTheSamePong()
    {
        await using var landmarks = await ConnectAsync("landmarks", "test_session_123");
        await using var voice = await ConnectAsync("voice", "test_session_123");
        await using var session = await _hub.ConnectAsync("test_session_123");
        await using var again = await ConnectAsync("landmarks", "test_session_123");

        foreach (var client in (RawSocketClient[])[landmarks, voice, session, again])
        {
            await client.PingAsync();
        }

        var pong = $$$"""{"type":"pong","data":{"timestamp":{{{_time.GetUtcNow().ToUnixTimeMilliseconds()}}},"sessionId":"test_session_123","status":"active"}}""";
        foreach (var client in (RawSocketClient[])[landmarks, voice, session, again])
        {
            (await client.NextAsync()).Raw.Should().Be(pong);
        }
    }

    [Theory]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("""{"type":"ping","data":{}}""")]
    [InlineData("""{"type":"ping","data":{"x":[1,"핑",null]}}""")]
    [InlineData("""{"data":{"type":"landmarks"},"type":"ping"}""")]
    [InlineData(" { \"type\" : \"ping\" , \"timestamp\" : 1 } \n")]
    [InlineData("""{"t\u0079pe":"p\u0069ng"}""")]
    public async Task APingIsAnsweredHoweverItIsWritten(string ping)
    {
        await using var client = await ConnectAsync("landmarks");

        await client.SendAsync(ping);

        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task APingInManyFragmentsIsOne()
    {
        await using var client = await ConnectAsync("voice");
        var ping = """{"type":"ping","data":{"x":"핑"}}"""u8.ToArray();

        for (var i = 0; i < ping.Length; i++)
        {
            await client.SendBytesAsync([ping[i]], WebSocketMessageType.Text, i == ping.Length - 1);
        }

        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Theory]
    [InlineData("landmarks")]
    [InlineData("voice")]
    public async Task EverythingElseIsDroppedWithoutAWordAndWithoutATrace(string socket)
    {
        var warnings = _hub.App.Logs.Entries.Count(e => e.Level >= LogLevel.Warning);
        await using var client = await ConnectAsync(socket);

        foreach (var other in (string[])
            [
                "", " ", "CANARY", "ping", "\"ping\"", "null", "[{\"type\":\"ping\"}]", "{}", "{\"type\":5}", "{\"type\":\"PING\"}", "{\"type\":\"pinging\"}",
                "{\"type\":\"ping\"", "{\"type\":\"ping\"}{\"type\":\"ping\"}", "{\"type\":\"ping\"} x", "{'type':'ping'}", "{\"data\":{\"type\":\"ping\"}}",
                "{\"type\":\"ping\",\"type\":\"CANARY\"}", "{\"type\":\"\\ud800ping\"}", "{\"type\":[\"ping\"]}", "{\"type\":\"ping\"}\u001e", "\u0006", "\\",
                $$"""{"type":"ping","data":{{new string('[', 40)}}{{new string(']', 40)}}}""",
                """{"type":"request_ai_response","data":{"message":"CANARY"}}""", """{"type":"audio","data":{"CANARY":"ping"}}""",
                Landmarks(), $"{Landmarks()[..^1]},\"type\":\"ping\"}}",
            ])
        {
            await client.SendAsync(other);
        }

        await client.SendBytesAsync("""{"type":"ping"}"""u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true);
        await client.SendBytesAsync([0xC3, 0x28, 0, 0xFF], WebSocketMessageType.Binary, endOfMessage: true);
        await client.SendBytesAsync(new byte[100_000], WebSocketMessageType.Binary, endOfMessage: true);
        await client.SendBytesAsync([], WebSocketMessageType.Binary, endOfMessage: true);
        await client.PingAsync();
        await client.NextAsync();

        client.Received.Should().ContainSingle().Which.Type.Should().Be("pong");
        client.Closed.IsCompleted.Should().BeFalse();
        _hub.Gemini.Requests.Should().BeEmpty();
        _hub.App.Logs.AllText.Should().NotContain("CANARY");
        _hub.App.Logs.Entries.Count(e => e.Level >= LogLevel.Warning).Should().Be(warnings);
    }

    [Theory]
    [InlineData(AnalysisSocket.MaxPingBytes, 2)]
    [InlineData(AnalysisSocket.MaxPingBytes + 1, 1)]
    public async Task APingIsLookedForIn4KiBAtMost(int bytes, int pongs)
    {
        await using var client = await ConnectAsync("landmarks");

        await client.SendAsync("""{"type":"ping"}""".PadRight(bytes));
        await client.SendAsync("""{"type":"ping","last":1}""");
        for (var i = 0; i < pongs; i++)
        {
            await client.NextAsync();
        }

        await client.CloseAsync();
        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.NormalClosure);
        client.Received.Should().HaveCount(pongs);
    }

    [Theory]
    [InlineData("landmarks")]
    [InlineData("voice")]
    public async Task PingsAloneKeepASocketOpen(string socket)
    {
        await using var client = await ConnectAsync(socket);

        for (var seconds = 0; seconds < 60; seconds += 15)
        {
            await client.PingAsync();
            (await client.NextAsync()).Data.GetProperty("timestamp").GetInt64().Should().Be(_time.GetUtcNow().ToUnixTimeMilliseconds());
            _time.Advance(TimeSpan.FromSeconds(15));
        }

        client.Closed.IsCompleted.Should().BeFalse("the frontend waits 45 s for a message, and hears one every 15");
    }

    [Theory]
    [InlineData(WebSocketMessageType.Text)]
    [InlineData(WebSocketMessageType.Binary)]
    public async Task AMessageOf256KiBIsTakenAndALongerOneClosesWith1009(WebSocketMessageType type)
    {
        await using var client = await ConnectAsync("landmarks");
        var message = new byte[AnalysisSocket.MaxMessageBytes];
        Array.Fill(message, (byte)'x');

        await client.SendBytesAsync(message, type, endOfMessage: true);
        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong");
        await client.SendBytesAsync(message, type, endOfMessage: false);
        await client.SendBytesAsync([(byte)'x'], type, endOfMessage: true);

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.MessageTooBig);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20_000)]
    public async Task WhatIsNotUtf8ClosesWith1007(int length)
    {
        await using var client = await ConnectAsync("landmarks");
        var text = Enumerable.Repeat((byte)'x', length).ToArray();
        (text[^2], text[^1]) = (0xC3, 0x28);

        await client.SendBytesAsync(text, WebSocketMessageType.Text, endOfMessage: true);

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.InvalidPayloadData);
    }

    [Fact]
    public async Task WhatACameraAndAMicrophoneSendIn10SecondsIsNoFlood()
    {
        await using var landmarks = await ConnectAsync("landmarks");
        await using var voice = await ConnectAsync("voice");
        var (face, audio) = (Encoding.UTF8.GetBytes(Landmarks()), new byte[128 * sizeof(float)]);

        for (var i = 0; i < 10 * 30; i++)
        {
            await landmarks.SendBytesAsync(face, WebSocketMessageType.Text, endOfMessage: true);
        }

        for (var i = 0; i < 10 * 48_000 / 128; i++)
        {
            await voice.SendBytesAsync(audio, WebSocketMessageType.Binary, endOfMessage: true);
        }

        foreach (var client in (RawSocketClient[])[landmarks, voice])
        {
            await client.PingAsync();
            (await client.NextAsync()).Type.Should().Be("pong");
        }
    }

    [Fact]
    public async Task MoreMessagesThanTheWindowHoldsCloseWith1008()
    {
        await using var client = await ConnectAsync("landmarks", "flooded");
        await FillTheWindowAsync(client);
        _time.Advance(FloodLimit.Window);
        await FillTheWindowAsync(client);

        await client.PingAsync();

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
        _hub.App.Logs.Named("AnalysisFlooded").Should().ContainSingle().Which.Value("SessionId").Should().Be("flooded");
    }

    [Theory]
    [InlineData(200 * 1024, true)]
    [InlineData(0, false)]
    public async Task MoreThanTheWindowHoldsClosesWith1008InWhateverPieces(int bytes, bool endOfMessage)
    {
        await using var client = await ConnectAsync("voice");
        var piece = new byte[bytes];
        // As if each cost a little over 256 bytes: far more than enough, if the hub does not close.
        for (var sent = 0; sent < FloodLimit.MaxBytes && !client.Closed.IsCompleted; sent += piece.Length + 256)
        {
            try
            {
                await client.SendBytesAsync(piece, WebSocketMessageType.Binary, endOfMessage);
            }
            catch (WebSocketException)
            {
                break;
            }
        }

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
    }

    [Fact]
    public async Task AFloodHarmsNoOtherSocketOfTheSession()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await using var session = await _hub.ConnectAsync();
        await using var voice = await ConnectAsync("voice");
        await using var landmarks = await ConnectAsync("landmarks");
        await session.RequestAsync("얘기 좀 들어 주세요");
        await session.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await FillTheWindowAsync(landmarks);
        await landmarks.PingAsync();
        (await landmarks.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
        await voice.PingAsync();
        gate.SetResult();

        (await voice.NextAsync()).Type.Should().Be("pong");
        var rest = await session.ReadTurnAsync();
        rest.Text().Should().Be("듣고 있어요.");
        rest[^1].Type.Should().Be(Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be("천천히요. 듣고 있어요.");
    }

    [Fact]
    public async Task ShutdownClosesThemWith1001AtOnceThoughATurnRuns()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await using var landmarks = await ConnectAsync("landmarks");
        await using var voice = await ConnectAsync("voice");
        await using var session = await _hub.ConnectAsync();
        await session.RequestAsync("음");
        await session.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        var stopped = Task.Run(_hub.App.StopAsync);

        (await landmarks.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await voice.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        gate.SetResult();
        (await session.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await stopped.WaitAsync(Pulse.Patience);
    }

    [Theory]
    [InlineData("landmarks")]
    [InlineData("voice")]
    public async Task TheHandshakeIsTheSessionSockets(string socket)
    {
        using var http = new HttpClient();
        using var plain = await http.GetAsync(new Uri(_hub.App.Http, $"ws/{socket}/s"));

        plain.StatusCode.Should().Be(HttpStatusCode.UpgradeRequired);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s", socket))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s", socket), "http://localhost:5173")).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s", socket), "http://evil.example")).Status.Should().Be(HttpStatusCode.Forbidden);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("a.b", socket))).Status.Should().Be(HttpStatusCode.BadRequest);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("%EC%84%B8", socket))).Status.Should().Be(HttpStatusCode.BadRequest);
        (await HandshakeProbe.AskAsync(_hub.App.Socket(new string('x', 256), socket))).Status.Should().Be(HttpStatusCode.BadRequest);
        await _hub.ExecuteAsync("INSERT INTO sessions (session_id, ended_at) VALUES ('over', now())");
        (await HandshakeProbe.AskAsync(_hub.App.Socket("over", socket))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task InProductionTheyAreThereForSessionsThatAreThere()
    {
        await using var hub = await TestHub.StartAsync(environment: "Production");
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('open')");

        foreach (var socket in (string[])["landmarks", "voice"])
        {
            (await HandshakeProbe.AskAsync(hub.App.Socket("open", socket))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
            (await HandshakeProbe.AskAsync(hub.App.Socket("unknown", socket))).Status.Should().Be(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task WhetherASessionIsThereCannotBeToldWithoutADatabase()
    {
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = "postgres://u:p@127.0.0.1:9/d", ["UNKNOWN_SESSIONS"] = "refuse" });

        (await HandshakeProbe.AskAsync(app.Socket("s", "landmarks"))).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await HandshakeProbe.AskAsync(app.Socket("s", "voice"))).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task WithABackendTheyAreThatBackends()
    {
        await using var hub = await TestHub.StartAsync(new() { ["BACKEND_URL"] = "http://127.0.0.1:9" });

        (await HandshakeProbe.AskAsync(hub.App.Socket("s", "landmarks"))).Status.Should().NotBe(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(hub.App.Socket("s", "voice"))).Status.Should().NotBe(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
    }

    private Task<RawSocketClient> ConnectAsync(string socket, string sessionId = "s") => RawSocketClient.ConnectAsync(_hub.App.Socket(sessionId, socket));

    /// <summary>Sends as many messages as one window holds; returns when all have been taken.</summary>
    private static async Task FillTheWindowAsync(RawSocketClient client)
    {
        for (var i = 1; i < FloodLimit.MaxMessages; i++)
        {
            await client.SendBytesAsync([1], WebSocketMessageType.Binary, endOfMessage: true);
        }

        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong");
    }

    /// <summary>A face of 478 points, as the frontend sends it: about 40 KiB.</summary>
    private static string Landmarks() => WireJson.Serialize(new
    {
        type = "landmarks",
        data = Enumerable.Range(0, 478).Select(i => new { x = 0.512345678901234 + i, y = 0.412345678901234 + i, z = -0.0312345678901234 - i, note = "CANARY" }),
        timestamp = 1704902400000,
    });
}
