using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>A client that sends too much or reads too little harms neither its own turns nor anybody else.</summary>
public sealed class FloodTests
{
    private const int Flood = 1500;

    [Theory]
    [InlineData("""{"type":"ping"}""")]
    [InlineData("""{"type":"vad_metrics","data":{"rms":0.1,"speaking":true}}""")]
    [InlineData("rubbish")]
    [InlineData("""{"type":"dance"}""")]
    public async Task AFloodHarmsNeitherTheAnswerThatRunsNorAnybodyElse(string frame)
    {
        var gate = new TaskCompletionSource();
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.When(text => text == "음", Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        // More than may come at once: the rest waits in the client's own buffers.
        var flooding = Task.Run(async () =>
        {
            for (var i = 0; i < Flood; i++)
            {
                await client.SendAsync(frame);
            }
        });
        await using var other = await hub.ConnectAsync("other");
        for (var i = 0; i < 5; i++)
        {
            await other.RequestAsync($"{i}");
            (await other.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        gate.SetResult();
        var rest = await client.ReadUntilAsync(f => f.Type == Frame.Complete);
        await flooding;

        rest.Text().Should().Be("둘.");
        client.Received.Where(f => f.Type is not ("pong" or "error")).Select(f => f.Chunk ?? f.Type).Should().Equal(
            Frame.Begin, "하나, ", "둘.", Frame.Complete);
        (await hub.RowsAsync()).Count(r => r.Outcome == "answered").Should().Be(6);
    }

    [Fact]
    public async Task AFloodIsReadInItsTimeAndTheSocketIsAsGoodAsBefore()
    {
        var time = new ObservedTime();
        await using var hub = await TestHub.StartAsync(time: time);
        await using var client = await hub.ConnectAsync();

        // A burst, and then one at a time, each of which waits for the clock.
        for (var i = 0; i < 510; i++)
        {
            await client.PingAsync();
        }

        await time.WaitBeganAsync(TimeSpan.FromMilliseconds(10));
        client.Received.Should().HaveCountLessThan(510);
        for (var i = 0; client.Received.Count < 510; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            await client.NextAsync();
        }

        time.Advance(TimeSpan.FromMinutes(1));
        await client.RequestAsync("음");
        (await client.ReadUntilAsync(f => f.EndsATurn))[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task AFloodOfEmptyPartsOfOneFrameIsReadInItsTimeToo()
    {
        var time = new ObservedTime();
        await using var hub = await TestHub.StartAsync(time: time);
        await using var client = await hub.ConnectAsync();

        for (var i = 0; i < 510; i++)
        {
            await client.SendBytesAsync([], WebSocketMessageType.Text, endOfMessage: false);
        }

        await time.WaitBeganAsync(TimeSpan.FromMilliseconds(10));
        time.Advance(TimeSpan.FromMinutes(1));
        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong", "that was the frame's last part");
    }

    [Fact]
    public async Task AClientThatStopsReadingInMidAnswerIsCutOffAndItsTurnIsStoredWhole()
    {
        var time = new ObservedTime();
        await using var gemini = await FakeGemini.StartAsync();
        // More than all buffers on the way hold.
        var pieces = Enumerable.Range(0, 200).Select(i => $"{i} {new string('가', 1000)}. ").ToArray();
        gemini.Next(Gemini.Says(pieces));
        var database = await TestHub.CreateDatabaseAsync();
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?>
            {
                ["DATABASE_URL"] = database,
                ["GEMINI_BASE_URL"] = gemini.BaseUrl,
                ["GEMINI_API_KEY"] = "key",
                ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            },
            time: time,
            services: services => services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = BindSmall));
        using var tcp = await OpenAsync(app.Socket("s"));
        await SendAsync(tcp, """{"type":"request_ai_response","data":{"message":"음"}}""");

        // The first of them, in whose sending it is stuck.
        await time.WaitBeganAsync(TimeSpan.FromSeconds(15));
        await app.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        (await KeptRow.ReadAsync(await PostgresCluster.Shared, database)).Should().ContainSingle()
            .Which.Should().Match<KeptRow>(r => r.Outcome == "answered" && r.AiResponse == string.Concat(pieces));
        time.Advance(TimeSpan.FromSeconds(15));

        (await ReadToTheEndAsync(tcp)).Should().NotContain(Frame.Complete, "it was cut off");
        await using var again = await app.ConnectAsync("s");
        (await again.ReadTurnAsync()).Text().Should().Be(string.Concat(pieces), "who comes back and reads is told");
    }

    [Fact]
    public async Task AClientThatSendsTooManyRequestsIsClosedAndTheNextIsNot()
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000", ["RESUME_GRACE_SECONDS"] = "0" });
        hub.Gemini.Next(Gemini.Hangs);
        await using (var client = await hub.ConnectAsync())
        {
            for (var i = 0; i < 100 && !client.Closed.IsCompleted; i++)
            {
                try
                {
                    await client.RequestAsync($"{i}");
                }
                catch (WebSocketException)
                {
                    // It was closed while this one was sent.
                    break;
                }
            }

            (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
        }

        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        await using var again = await hub.ConnectAsync("other");
        await again.RequestAsync("음");
        (await again.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    /// <summary>A socket that reads only when the test does, with little room.</summary>
    private static async Task<TcpClient> OpenAsync(Uri address)
    {
        var tcp = new TcpClient { ReceiveBufferSize = 4096 };
        await tcp.ConnectAsync(address.Host, address.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));
        return tcp;
    }

    private static async Task SendAsync(TcpClient tcp, string text)
    {
        // A masked text frame of less than 126 bytes; the mask is zeros.
        var bytes = Encoding.UTF8.GetBytes(text);
        await tcp.GetStream().WriteAsync((byte[])[0x81, (byte)(0x80 | bytes.Length), 0, 0, 0, 0, .. bytes]);
    }

    private static async Task<string> ReadToTheEndAsync(TcpClient tcp)
    {
        using var received = new MemoryStream();
        try
        {
            await tcp.GetStream().CopyToAsync(received).WaitAsync(Pulse.Patience);
        }
        catch (IOException)
        {
            // Reset: nobody says goodbye to one who does not listen.
        }

        return Encoding.UTF8.GetString(received.ToArray());
    }

    private static Socket BindSmall(EndPoint endpoint)
    {
        var listen = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        // The sockets that it accepts have its buffer.
        listen.SendBufferSize = 4096;
        return listen;
    }
}
