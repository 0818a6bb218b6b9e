using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Counselling;

/// <summary>
/// A SignalR client's WebSocket, which notes when the client was last heard and whether it took its leave. SignalR tells a hub neither: its
/// own pings stay with it, and a connection that broke ends like one that was closed.
/// </summary>
internal sealed class HeardSocket(WebSocket socket, TimeProvider time) : WebSocket
{
    private long _heardAt = time.GetTimestamp();
    private volatile bool _wasClosed;

    /// <summary>By <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <summary>The client closed it in order: it had read what came before.</summary>
    public bool WasClosed => _wasClosed;

    public override WebSocketCloseStatus? CloseStatus => socket.CloseStatus;

    public override string? CloseStatusDescription => socket.CloseStatusDescription;

    public override WebSocketState State => socket.State;

    public override string? SubProtocol => socket.SubProtocol;

    public override void Abort() => socket.Abort();

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        socket.CloseAsync(closeStatus, statusDescription, cancellationToken);

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        socket.CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override void Dispose() => socket.Dispose();

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        Hear(received.MessageType);
        return received;
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        Hear(received.MessageType);
        return received;
    }

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        socket.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        socket.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, WebSocketMessageFlags messageFlags, CancellationToken cancellationToken) =>
        socket.SendAsync(buffer, messageType, messageFlags, cancellationToken);

    private void Hear(WebSocketMessageType messageType)
    {
        if (messageType == WebSocketMessageType.Close)
        {
            _wasClosed = true;
        }
        else
        {
            Volatile.Write(ref _heardAt, time.GetTimestamp());
        }
    }

    /// <summary>Opens the sockets of one request as such, and leaves them among the request's features.</summary>
    public sealed class Opener(IHttpWebSocketFeature opener, IFeatureCollection features, TimeProvider time) : IHttpWebSocketFeature
    {
        public bool IsWebSocketRequest => opener.IsWebSocketRequest;

        public async Task<WebSocket> AcceptAsync(WebSocketAcceptContext context)
        {
            var socket = new HeardSocket(await opener.AcceptAsync(context), time);
            features.Set(socket);
            return socket;
        }
    }
}
