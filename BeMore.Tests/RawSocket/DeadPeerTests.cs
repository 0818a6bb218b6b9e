using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace BeMore.Tests;

public sealed class DeadPeerTests
{
    // Not with another clock: the framework's WebSocket keeps its own. All three at once, therefore.
    [Fact]
    public async Task APeerThatAnswersNoPingIsNoticedWithin30Seconds()
    {
        await using var hub = await TestHub.StartAsync();
        var since = Stopwatch.StartNew();

        var received = await Task.WhenAll(
            ListenToTheEndAsync(hub.App.Socket("s")),
            ListenToTheEndAsync(hub.App.Socket("s", "landmarks")),
            ListenToTheEndAsync(hub.App.Socket("s", "voice")));

        received.Should().OnlyContain(r => r.StartsWith("HTTP/1.1 101", StringComparison.Ordinal));
        since.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30), "protocol.md says so");
    }

    /// <summary>Opens a socket and reads everything, pings too, and says nothing.</summary>
    private static async Task<string> ListenToTheEndAsync(Uri address)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(address.Host, address.Port);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));

        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received).WaitAsync(TimeSpan.FromMinutes(1));
        }
        catch (IOException)
        {
            // Reset: cut off, not closed, for there is nobody to close with.
        }

        return Encoding.Latin1.GetString(received.ToArray());
    }
}
