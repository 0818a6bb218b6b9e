using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace BeMore.Tests;

/// <summary>SIGTERM while a hundred talk: everybody is told, everything is kept, and the process is gone in time.</summary>
[Collection(nameof(FragileCluster))]
public sealed class ShutdownUnderLoadTests(FragileCluster cluster)
{
    private const int Sessions = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunningTurnsEndOrAreStoredAsFarAsTheyCameAndEverySocketIsClosedWith1001(bool geminiGoesOn)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var house = await HubHouse.StartAsync(cluster, new() { ["SHUTDOWN_GRACE_SECONDS"] = geminiGoesOn ? "20" : "2" });
        house.Gemini.Always(request =>
        {
            var pieces = Talk.Pieces(request.LastUserText);
            return Gemini.Begins(pieces[0]).WaitsFor(gate.Task).Says(pieces[1]);
        });
        var clients = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => house.ConnectAsync($"s{i}")));
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            await client.RequestAsync($"{i}의 말");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType, Limit);
        }));

        var since = Stopwatch.StartNew();
        await house.Process.SignalAsync();
        await house.Process.WaitForLineAsync(line => line.Contains("shutting down", StringComparison.Ordinal));
        if (geminiGoesOn)
        {
            gate.SetResult();
        }

        (await house.Process.WaitForExitAsync(Limit)).Should().Be(0, house.Process.Output);
        since.Elapsed.Should().BeLessThan(Limit);
        foreach (var client in clients)
        {
            (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
            client.Received[^1].Type.Should().Be(Frame.Complete);
        }

        var rows = (await house.RowsAsync()).ToDictionary(r => r.SessionId);
        for (var i = 0; i < Sessions; i++)
        {
            var kept = rows[$"s{i}"];
            kept.AiResponse.Should().Be(clients[i].Received.Text(), "what was shown is what is kept");
            kept.Outcome.Should().Be(geminiGoesOn ? "answered" : "interrupted");
            await clients[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task WhileItEndsNobodyNewIsLetInAndReadinessFailsAlsoOnAConnectionThatIsOpen()
    {
        await using var house = await HubHouse.StartAsync(cluster);
        house.Gemini.Always(Gemini.Begins("천천히요. ").Stalls());
        await using var client = await house.ConnectAsync("s");
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        // The connections of a load balancer, which are there before.
        using var balancer = await OpenAsync(house.Http);
        using var another = await OpenAsync(house.Http);
        (await GetAsync(balancer, "/health")).Should().StartWith("HTTP/1.1 200");
        (await GetAsync(another, "/health/live")).Should().StartWith("HTTP/1.1 200");

        await house.Process.SignalAsync();
        await house.Process.WaitForLineAsync(line => line.Contains("shutting down", StringComparison.Ordinal));

        (await GetAsync(balancer, "/health")).Should().StartWith("HTTP/1.1 503").And.Contain("stopping");
        (await GetAsync(another, "/ws/session/new", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"))
            .Should().StartWith("HTTP/1.1 503");
        await client.CancelAsync();
        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await house.Process.WaitForExitAsync()).Should().Be(0, house.Process.Output);
    }

    [Fact]
    public async Task AnIdleHubIsGoneAtOnceHoweverManyListen()
    {
        await using var house = await HubHouse.StartAsync(cluster);
        var clients = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => house.ConnectAsync($"s{i}")));

        var since = Stopwatch.StartNew();
        await house.Process.SignalAsync();
        (await house.Process.WaitForExitAsync()).Should().Be(0, house.Process.Output);

        since.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10), "nothing is to be waited for");
        foreach (var client in clients)
        {
            (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task AClientThatDoesNotReadDelaysItByNoMoreThanItsLastFrameMayTake()
    {
        await using var house = await HubHouse.StartAsync(cluster);
        // More than all buffers on the way hold.
        var pieces = Enumerable.Range(0, 400).Select(i => $"{i} {new string('가', 10_000)}. ").ToArray();
        house.Gemini.Always(Gemini.Says(pieces));
        using var deaf = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await deaf.ConnectAsync(IPAddress.Loopback, house.Http.Port);
        await SendAsync(deaf,
            "GET /ws/session/deaf HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
        // A masked text frame of less than 126 bytes; the mask is zeros.
        var request = Encoding.UTF8.GetBytes("""{"type":"request_ai_response","data":{"message":"음"}}""");
        await deaf.SendAsync((byte[])[0x81, (byte)(0x80 | request.Length), 0, 0, 0, 0, .. request]);
        // Gemini has said everything: the hub has it, and cannot get rid of it.
        (await (await house.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeFalse();

        var since = Stopwatch.StartNew();
        await house.Process.SignalAsync();
        (await house.Process.WaitForExitAsync()).Should().Be(0, house.Process.Output);

        since.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(12), "15 s is what it would have had otherwise");
        (await house.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(string.Concat(pieces));
    }

    private static async Task<TcpClient> OpenAsync(Uri http)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(http.Host, http.Port);
        return tcp;
    }

    /// <summary>Asks and reads what comes first, head and body of a short answer.</summary>
    private static async Task<string> GetAsync(TcpClient tcp, string path, string headers = "")
    {
        await SendAsync(tcp.Client, $"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
        var received = "";
        var buffer = new byte[8192];
        // A body that is chunked ends with an empty chunk; one without has a length of none.
        while (!received.EndsWith("0\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await tcp.Client.ReceiveAsync(buffer).WaitAsync(Pulse.Patience);
            if (read == 0)
            {
                break;
            }

            received += Encoding.UTF8.GetString(buffer, 0, read);
        }

        return received;
    }

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text));
}
