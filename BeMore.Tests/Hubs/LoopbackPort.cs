using System.Net;
using System.Net.Sockets;

namespace BeMore.Tests;

internal static class LoopbackPort
{
    /// <summary>Below the ports that systems hand out by themselves, so that nobody is given it while a server of a test is stopped.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(15_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }
    }
}
