using System.Buffers.Binary;
using System.Net.Sockets;

namespace BeMore.RawSocket;

/// <summary>What this machine knows of how far a connection reached the other one.</summary>
internal static class Confirmation
{
    // struct tcp_info of linux/tcp.h, which only ever grows at its end.
    private const int IpProtoTcp = 6;
    private const int TcpInfo = 11;
    private const int StateAt = 0;
    private const int UnconfirmedAt = 24;
    private const int UnsentAt = 144;
    private const int Length = 148;
    private const byte CloseWait = 8;

    // X-Original-For is what the framework leaves where it has read X-Forwarded-For.
    private static readonly string[] Proxies = ["Via", "Forwarded", "X-Forwarded-For", "X-Original-For", "X-Forwarded-Proto", "X-Original-Proto", "X-Forwarded-Host", "X-Real-IP"];

    /// <summary>The other machine is not the client's: what it confirms, the client may never have got. A proxy that does not name itself is not known.</summary>
    public static bool IsProxied(IHeaderDictionary headers) => Array.Exists(Proxies, headers.ContainsKey);

    /// <summary>
    /// It was ended in order, and the other machine confirmed everything: it does not confirm what comes after that, and where something
    /// was not read it resets the connection, then or a moment later. Null where it cannot be known.
    /// </summary>
    public static bool? HadEverything(Socket? socket)
    {
        if (socket is null || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> info = stackalloc byte[Length];
        try
        {
            if (socket.GetRawSocketOption(IpProtoTcp, TcpInfo, info) < Length)
            {
                return null;
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }

        return info[StateAt] == CloseWait
            && BinaryPrimitives.ReadUInt32LittleEndian(info[UnconfirmedAt..]) == 0
            && BinaryPrimitives.ReadUInt32LittleEndian(info[UnsentAt..]) == 0;
    }
}
