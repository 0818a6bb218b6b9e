using System.Net.WebSockets;
using BeMore.Access;
using BeMore.Counselling;
using BeMore.Sessions;
using BeMore.Telemetry;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.RawSocket;

internal static class RawSocketEndpoint
{
    /// <summary><c>/ws/session/{session_id}</c>: the frontend's door.</summary>
    public static void MapRawSocket(this IEndpointRouteBuilder app) => app.Map("/ws/session/{sessionId}", ServeAsync);

    private static async Task ServeAsync(
        HttpContext http,
        string sessionId,
        Handshake handshake,
        ISessionSeats seats,
        TurnRegistry turns,
        HubConnectionHandler<CounsellingHub> hub,
        OpenSockets sockets,
        IHostApplicationLifetime lifetime,
        TimeProvider time)
    {
        if (await handshake.IsRefusedAsync(http, sessionId))
        {
            return;
        }

        using var seat = await seats.TryTakeAsync(sessionId);
        if (seat is null)
        {
            http.Response.StatusCode = StatusCodes.Status409Conflict;
            return;
        }

        using var socket = await Handshake.OpenAsync(http);
        using var open = sockets.OpenSession();
        var user = http.User.UserId() is null ? null : http.User;
        var underlying = http.Features.Get<IConnectionSocketFeature>()?.Socket;
        var connection = new RawSocketConnection(sessionId, user, socket, underlying, Confirmation.IsProxied(http.Request.Headers), time)
        {
            Request = TurnTelemetry.SpanOf(http),
        };
        await using var lost = seat.Lost.Register(() => connection.Supersede());
        await using var stopping = lifetime.ApplicationStopping.Register(() => CloseWhenIdle(connection, turns));
        await connection.RunAsync(hub, resume: !seat.IsLost && turns.HasUnfinished(sessionId));
        if (socket.State == WebSocketState.Aborted)
        {
            // Else the web server waits some seconds for a peer that is gone.
            http.Abort();
        }
    }

    // The turns' own end is bounded by TurnDrain, and so this wait is too.
    private static async void CloseWhenIdle(RawSocketConnection connection, TurnRegistry turns)
    {
        connection.Hurry();
        await turns.WhenIdle(connection.SessionId);
        connection.Close(WebSocketCloseStatus.EndpointUnavailable);
    }
}
