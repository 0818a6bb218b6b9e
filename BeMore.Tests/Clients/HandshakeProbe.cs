using System.Net;

namespace BeMore.Tests;

/// <param name="Body">Empty after a 101: what follows is no body.</param>
public sealed record HandshakeAnswer(HttpStatusCode Status, string Body);

/// <summary>How the server answers a WebSocket handshake; ClientWebSocket says it in an exception's text only.</summary>
public static class HandshakeProbe
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = Pulse.Patience,
    };

    /// <param name="url">ws or http.</param>
    /// <param name="origin">What a browser would send; a native client sends none.</param>
    public static async Task<HandshakeAnswer> AskAsync(Uri url, string? origin = null, params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(url);
        ArgumentNullException.ThrowIfNull(headers);
        // Text, not UriBuilder: a path that a test wrote oddly stays as odd.
        var http = url.Scheme is "ws" or "wss" ? new Uri("http" + url.OriginalString[2..]) : url;
        using var request = new HttpRequestMessage(HttpMethod.Get, http);
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = response.StatusCode == HttpStatusCode.SwitchingProtocols ? "" : await response.Content.ReadAsStringAsync();
        return new HandshakeAnswer(response.StatusCode, body);
    }
}
