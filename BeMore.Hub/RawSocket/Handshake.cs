using System.Net.WebSockets;
using BeMore.Access;
using BeMore.Sessions;

namespace BeMore.RawSocket;

/// <summary>How a session's sockets are opened, all of them: whatever speaks against one is said before it is open.</summary>
internal sealed class Handshake(SessionDirectory sessions, IHostApplicationLifetime lifetime, ILogger<Handshake> logger)
{
    /// <summary>A dead peer is noticed within 30 s (protocol.md, section 1.2): a ping after 15 s of silence, an answer within 8.</summary>
    private static readonly WebSocketAcceptContext KeepAlive = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(15),
        KeepAliveTimeout = TimeSpan.FromSeconds(8),
    };

    /// <summary>The open socket; null where it is refused, which is answered already.</summary>
    public async Task<WebSocket?> AcceptAsync(HttpContext http, string sessionId) =>
        await IsRefusedAsync(http, sessionId) ? null : await OpenAsync(http);

    /// <summary>True where it is refused, which is answered already: the frontend reconnects for ever after a close, and gives up after a refusal.</summary>
    public async Task<bool> IsRefusedAsync(HttpContext http, string sessionId)
    {
        if (await RefusalAsync(http, sessionId) is { } status)
        {
            http.Response.StatusCode = status;
            return true;
        }

        return false;
    }

    public static Task<WebSocket> OpenAsync(HttpContext http) => http.WebSockets.AcceptWebSocketAsync(KeepAlive);

    private async Task<int?> RefusalAsync(HttpContext http, string sessionId)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket";
            return StatusCodes.Status426UpgradeRequired;
        }

        if (!SessionId.IsValid(sessionId))
        {
            return StatusCodes.Status400BadRequest;
        }

        // None is needed here: the session's id authorises. But one that is given must be right.
        if (await http.HasWrongTokenAsync())
        {
            return StatusCodes.Status401Unauthorized;
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return StatusCodes.Status503ServiceUnavailable;
        }

        try
        {
            return await sessions.MayEnterAsync(sessionId, http.User.UserId()) ? null : StatusCodes.Status404NotFound;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.SessionUnknowable(sessionId, e);
            return StatusCodes.Status503ServiceUnavailable;
        }
    }
}
