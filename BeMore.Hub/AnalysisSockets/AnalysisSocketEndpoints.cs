using System.Net.WebSockets;
using BeMore.RawSocket;
using BeMore.Telemetry;

namespace BeMore.AnalysisSockets;

internal static class AnalysisSocketEndpoints
{
    /// <summary>
    /// <c>/ws/landmarks/{session_id}</c> and <c>/ws/voice/{session_id}</c>: the frontend starts no session before they are open beside
    /// the session's own socket. Where there is another backend they are that backend's (protocol.md, section 7).
    /// </summary>
    public static void MapAnalysisSockets(this IEndpointRouteBuilder app)
    {
        app.Map("/ws/landmarks/{sessionId}", ServeAsync);
        app.Map("/ws/voice/{sessionId}", ServeAsync);
    }

    private static async Task ServeAsync(
        HttpContext http,
        string sessionId,
        Handshake handshake,
        OpenSockets sockets,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILogger<AnalysisSocket> logger)
    {
        using var socket = await handshake.AcceptAsync(http, sessionId);
        if (socket is null)
        {
            return;
        }

        using var open = sockets.OpenAnalysis();
        var analysis = new AnalysisSocket(sessionId, socket, time, logger);
        await using var _ = lifetime.ApplicationStopping.Register(() => analysis.Close(WebSocketCloseStatus.EndpointUnavailable));
        await analysis.RunAsync();
        if (socket.State == WebSocketState.Aborted)
        {
            // Else the web server waits some seconds for a peer that is gone.
            http.Abort();
        }
    }
}
