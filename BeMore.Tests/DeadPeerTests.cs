using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace BeMore.Tests;

public sealed class DeadPeerTests
{
    // Not with another clock: the framework's WebSocket keeps its own.
    [Fact]
    public async Task APeerThatAnswersNoPingIsNoticedWithin30Seconds()
    {
        await using var hub = await TestHub.StartAsync();
        using var tcp = new TcpClient();
        var address = hub.App.Socket("s");
        await tcp.ConnectAsync(address.Host, address.Port);
        var stream = tcp.GetStream();
        var since = Stopwatch.StartNew();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));

        // It reads everything, pings too, and says nothing.
        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received).WaitAsync(TimeSpan.FromMinutes(1));
        }
        catch (IOException)
        {
            // Reset: cut off, not closed, for there is nobody to close with.
        }

        Encoding.Latin1.GetString(received.ToArray()).Should().StartWith("HTTP/1.1 101");
        since.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30), "protocol.md says so");
    }
}
