using System.Net;
using System.Net.Sockets;

namespace BeMore.Tests;

/// <summary>Calls from an address of loopback that a test chooses, as if from a machine of its own.</summary>
internal static class LoopbackClient
{
    /// <param name="address">Asked with every call: no connection is used twice.</param>
    public static SocketsHttpHandler From(Func<IPAddress> address) => new()
    {
        UseProxy = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Bind(new IPEndPoint(address(), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
