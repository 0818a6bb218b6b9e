using System.Diagnostics;
using System.Net.WebSockets;

namespace BeMore.RawSocket;

/// <summary>What a hub may know of a connection that is a raw socket.</summary>
internal interface IRawSocketFeature
{
    /// <summary>The session of the socket's address.</summary>
    string SessionId { get; }

    /// <summary>The span of the request that opened it, where requests are traced.</summary>
    ActivityContext Request { get; }

    /// <summary>
    /// Is told when the socket broke, and since when (by <see cref="TimeProvider.GetTimestamp"/>) what was sent may not have arrived.
    /// </summary>
    Action<long>? Broke { get; set; }

    /// <summary>What is told from now on reaches nobody: known before the connection's own end is.</summary>
    bool IsLost { get; }

    /// <summary>A newer connection has the session.</summary>
    bool IsSuperseded { get; }

    /// <summary>Closes the socket with this code; whatever has been written goes out before.</summary>
    void Close(WebSocketCloseStatus status);
}
