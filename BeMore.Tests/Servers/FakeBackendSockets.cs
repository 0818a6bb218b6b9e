using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace BeMore.Tests;

/// <summary>The backend's WebSockets: what comes goes back.</summary>
internal static class FakeBackendSockets
{
    /// <summary>"close:{code}:{reason}" closes; the id "refused" gets 401 instead of a socket.</summary>
    public static async Task EchoAsync(HttpContext http)
    {
        if ((string?)http.Request.RouteValues["id"] == "refused")
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await http.Response.WriteAsync("the backend's own reason");
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        var buffer = new byte[256 * 1024];
        try
        {
            await EchoAsync(socket, buffer, http.RequestAborted);
        }
        catch (WebSocketException)
        {
            // Gone without a word.
            http.Abort();
        }
    }

    private static async Task EchoAsync(WebSocket socket, byte[] buffer, CancellationToken cancellation)
    {
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, cancellation);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(part.CloseStatus ?? WebSocketCloseStatus.Empty, part.CloseStatusDescription, cancellation);
                return;
            }

            var text = part.MessageType == WebSocketMessageType.Text ? Encoding.UTF8.GetString(buffer, 0, part.Count) : "";
            if (text.Split(':') is ["close", var code, var reason])
            {
                await socket.CloseAsync((WebSocketCloseStatus)int.Parse(code, CultureInfo.InvariantCulture), reason, cancellation);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, cancellation);
        }
    }
}
