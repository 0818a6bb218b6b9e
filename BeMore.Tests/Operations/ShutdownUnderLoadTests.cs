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
        using var http = new HttpClient();
        (await http.PostAsync(new Uri(house.Http, "hubs/counselling/negotiate?negotiateVersion=1"), null)).StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        using var newcomer = await OpenAsync(house.Http);
        (await GetAsync(newcomer, "/health")).Should().StartWith("HTTP/1.1 503", "it is told so, not turned away at the door");
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

    private static async Task<TcpClient> OpenAsync(Uri http)
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync(http.Host, http.Port);
        return tcp;
    }

    /// <summary>Asks and reads a short answer, head and body.</summary>
    private static async Task<string> GetAsync(TcpClient tcp, string path, string headers = "")
    {
        await SendAsync(tcp.Client, $"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n");
        var received = "";
        var buffer = new byte[8192];
        while (!IsWhole(received) && await tcp.Client.ReceiveAsync(buffer).WaitAsync(Pulse.Patience) is > 0 and var read)
        {
            received += Encoding.UTF8.GetString(buffer, 0, read);
        }

        return received;
    }

    private static bool IsWhole(string answer) =>
        answer.Contains("\r\n\r\n", StringComparison.Ordinal)
        && (answer.Contains("Content-Length: 0\r\n", StringComparison.Ordinal) || answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));

    private static async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.UTF8.GetBytes(text));
}
