using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

public sealed class SlowReaderTests
{
    [Theory]
    [InlineData("landmarks")]
    [InlineData("voice")]
    public async Task AClientThatDoesNotReadItsPongsIsCutOff(string socket)
    {
        var time = new ObservedTime();
        var database = await TestHub.CreateDatabaseAsync();
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = database },
            time: time,
            // Buffers on the way that are soon full.
            services: services => services.Configure<SocketTransportOptions>(sockets => sockets.CreateBoundListenSocket = BindSmall));
        using var tcp = new TcpClient { ReceiveBufferSize = 4096 };
        var address = app.Socket(new string('s', 255), socket);
        await tcp.ConnectAsync(address.Host, address.Port);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"));

        // A masked text frame; the mask is zeros.
        byte[] ping = [0x81, 0x80 | 15, 0, 0, 0, 0, .. """{"type":"ping"}"""u8];
        for (var i = 0; i < 2000; i++)
        {
            await stream.WriteAsync(ping);
        }

        await time.WaitBeganAsync(TimeSpan.FromSeconds(15));
        time.Advance(TimeSpan.FromSeconds(15));
        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received).WaitAsync(Pulse.Patience);
        }
        catch (IOException)
        {
            // Reset: nobody says goodbye to one who does not listen.
        }

        Encoding.Latin1.GetString(received.ToArray()).Split("pong").Should().HaveCountGreaterThan(1).And.HaveCountLessThan(2000);
        await using var other = await RawSocketClient.ConnectAsync(app.Socket("s", socket));
        await other.PingAsync();
        (await other.NextAsync()).Type.Should().Be("pong", "nobody else noticed");
    }

    private static Socket BindSmall(EndPoint endpoint)
    {
        var listen = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        // The sockets that it accepts have its buffer.
        listen.SendBufferSize = 4096;
        return listen;
    }
}
