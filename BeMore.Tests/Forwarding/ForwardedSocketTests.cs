using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace BeMore.Tests;

/// <summary>The frontend's two other sockets, and any that the backend has: they pass through the hub.</summary>
public sealed class ForwardedSocketTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task TextAndBytesGoBothWays(string environment)
    {
        await using var hub = await ForwardingHub.StartAsync(environment: environment);
        using var socket = await hub.OpenSocketAsync("/ws/landmarks/sess_1704902400000_0a1b2c3d?v=2", o => o.SetRequestHeader("Origin", "https://app.example.com"));
        var bytes = new byte[200_000];
        FakeBackend.Fill(bytes, 0);

        foreach (var (type, message) in new[]
        {
            (WebSocketMessageType.Text, Encoding.UTF8.GetBytes("""{"type":"ping"}""")), (WebSocketMessageType.Binary, bytes), (WebSocketMessageType.Text, "안녕 👋"u8.ToArray()),
        })
        {
            await socket.SendAsync(message, type, endOfMessage: true, CancellationToken.None);
            var (received, ofType) = await ReceiveAsync(socket);
            ofType.Should().Be(type);
            received.AsSpan().SequenceEqual(message).Should().BeTrue();
        }

        var seen = hub.Backend.Requests.Should().ContainSingle().Subject;
        seen.Target.Should().Be("/ws/landmarks/sess_1704902400000_0a1b2c3d?v=2");
        seen.Header("Origin").Should().Be("https://app.example.com");
    }

    [Fact]
    public async Task ASubprotocolIsAgreedUponWithTheBackend()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var socket = await hub.OpenSocketAsync("/ws/voice/s", o =>
        {
            o.AddSubProtocol("bemore.v2");
            o.AddSubProtocol("bemore.v1");
        });

        socket.SubProtocol.Should().Be("bemore.v2");
        hub.Backend.Requests[0].Header("Sec-WebSocket-Protocol").Should().Be("bemore.v2, bemore.v1");
    }

    [Fact]
    public async Task TheBackendsCloseArrivesWithItsReason()
    {
        await using var hub = await ForwardingHub.StartAsync();
        using var socket = await hub.OpenSocketAsync("/ws/voice/s");

        await socket.SendAsync("close:4001:세션 종료"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        (await ReceiveAsync(socket)).Type.Should().Be(WebSocketMessageType.Close);

        socket.CloseStatus.Should().Be((WebSocketCloseStatus)4001);
        socket.CloseStatusDescription.Should().Be("세션 종료");
    }

    [Fact]
    public async Task TheClientsCloseArrivesAndIsAnswered()
    {
        await using var hub = await ForwardingHub.StartAsync();
        using var socket = await hub.OpenSocketAsync("/ws/voice/s");

        await socket.CloseAsync((WebSocketCloseStatus)4002, "bye", CancellationToken.None).WaitAsync(Pulse.Patience);

        socket.CloseStatus.Should().Be((WebSocketCloseStatus)4002, "the backend gives it back");
        await hub.Backend.Requests[0].Ended.WaitAsync(Pulse.Patience);
    }

    [Fact]
    public async Task ASocketThatIsLostIsLostToTheBackendToo()
    {
        await using var hub = await ForwardingHub.StartAsync();
        var socket = await hub.OpenSocketAsync("/ws/voice/s");

        socket.Abort();

        await hub.Backend.Requests[0].Ended.WaitAsync(Pulse.Patience);
        socket.Dispose();
        hub.App.Logs.Named("AnswerBrokeOff").Should().BeEmpty();
    }

    [Theory]
    [InlineData("https://elsewhere.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("https://app.example.com", HttpStatusCode.SwitchingProtocols)]
    [InlineData(null, HttpStatusCode.SwitchingProtocols)]
    public async Task APageThatIsNotAllowedOpensNoneOfTheBackendsSocketsEither(string? origin, HttpStatusCode status)
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await HandshakeProbe.AskAsync(hub.App.Socket("s", "landmarks"), origin)).Status.Should().Be(status);

        hub.Backend.Requests.Should().HaveCount(status == HttpStatusCode.Forbidden ? 0 : 1);
    }

    [Fact]
    public async Task ARefusalOfTheBackendsIsPassedOn()
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await HandshakeProbe.AskAsync(hub.App.Socket("refused", "landmarks")))
            .Should().Be(new HandshakeAnswer(HttpStatusCode.Unauthorized, "the backend's own reason"));
    }

    [Fact]
    public async Task OpenSocketsDoNotHoldTheProgramWhenItIsToEnd()
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = HubProcess.Start(ForwardingHub.Settings(backend.Url));
        var http = await hub.WaitForListeningAsync();
        await using var socket = await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{http.Port}/ws/voice/s"));
        await socket.SendAsync("""{"type":"ping"}""");
        await socket.NextAsync();

        await hub.SignalAsync();

        // Turns may have 20 s.
        (await hub.WaitForExitAsync(TimeSpan.FromSeconds(10))).Should().Be(0, hub.Output);
        await socket.Closed.WaitAsync(Pulse.Patience);
        await backend.Requests[0].Ended.WaitAsync(Pulse.Patience);
    }

    [Fact]
    public async Task AnEndlessStreamHoldsTheProgramNoLongerThanATurnMay()
    {
        await using var backend = await FakeBackend.StartAsync();
        var settings = ForwardingHub.Settings(backend.Url);
        settings["SHUTDOWN_GRACE_SECONDS"] = "1";
        await using var hub = HubProcess.Start(settings);
        var http = await hub.WaitForListeningAsync();
        using var client = ForwardingHub.NewClient(http);
        using var answer = await ForwardingHub.SendAsync(client, http, HttpMethod.Get, "/api/events");

        await hub.SignalAsync();

        // The host itself would wait for 9 s.
        (await hub.WaitForExitAsync(TimeSpan.FromSeconds(7))).Should().Be(0, hub.Output);
        (await backend.Requests[0].Ended.WaitAsync(Pulse.Patience)).Should().BeTrue();
    }

    private static async Task<(byte[] Message, WebSocketMessageType Type)> ReceiveAsync(ClientWebSocket socket)
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        using var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, clock.Token);
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return (message.ToArray(), part.MessageType);
            }
        }
    }
}
