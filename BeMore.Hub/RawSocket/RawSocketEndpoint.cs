using System.Net.WebSockets;
using BeMore.Access;
using BeMore.Counselling;
using BeMore.Sessions;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.RawSocket;

internal static class RawSocketEndpoint
{
    /// <summary>A dead peer is noticed within 30 s (protocol.md, section 1.2): a ping after 15 s of silence, an answer within 8.</summary>
    private static readonly WebSocketAcceptContext KeepAlive = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(15),
        KeepAliveTimeout = TimeSpan.FromSeconds(8),
    };

    /// <summary><c>/ws/session/{session_id}</c>: the frontend's door.</summary>
    public static void MapRawSocket(this IEndpointRouteBuilder app) => app.Map("/ws/session/{sessionId}", ServeAsync);

    private static async Task ServeAsync(
        HttpContext http,
        string sessionId,
        SessionDirectory sessions,
        SessionSeats seats,
        TurnRegistry turns,
        HubConnectionHandler<CounsellingHub> hub,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<RawSocketConnection> logger)
    {
        // A refusal must come before the socket is open: the frontend reconnects for ever after a close, and gives up after a refusal.
        if (await RefusalAsync(http, sessionId, sessions, lifetime, logger) is { } status)
        {
            http.Response.StatusCode = status;
            return;
        }

        using var seat = seats.TryTake(sessionId);
        if (seat is null)
        {
            http.Response.StatusCode = StatusCodes.Status409Conflict;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(KeepAlive);
        var user = http.User.UserId() is null ? null : http.User;
        var connection = new RawSocketConnection(sessionId, user, socket, time);
        await using var lost = seat.Lost.Register(() => connection.Close((WebSocketCloseStatus)Superseded.CloseCode));
        await using var stopping = lifetime.ApplicationStopping.Register(() => CloseWhenIdle(connection, turns));
        await connection.RunAsync(hub, resume: turns.HasUnfinished(sessionId));
        if (socket.State == WebSocketState.Aborted)
        {
            // Else the web server waits some seconds for a peer that is gone.
            http.Abort();
        }
    }

    private static async Task<int?> RefusalAsync(
        HttpContext http, string sessionId, SessionDirectory sessions, IHostApplicationLifetime lifetime, ILogger logger)
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
        if (http.Token().Failure is not null)
        {
            return StatusCodes.Status401Unauthorized;
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return StatusCodes.Status503ServiceUnavailable;
        }

        try
        {
            return await sessions.MayEnterAsync(sessionId, http.User.UserId(), http.RequestAborted) ? null : StatusCodes.Status404NotFound;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            logger.SessionUnknowable(sessionId, e);
            return StatusCodes.Status503ServiceUnavailable;
        }
    }

    // The turns' own end is bounded by TurnDrain, and so this wait is too.
    private static async void CloseWhenIdle(RawSocketConnection connection, TurnRegistry turns)
    {
        await turns.WhenIdle(connection.SessionId);
        connection.Close(WebSocketCloseStatus.EndpointUnavailable);
    }
}
