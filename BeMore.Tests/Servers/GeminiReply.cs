using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Tests;

/// <summary>The answer to one request while a script writes it.</summary>
public sealed class GeminiReply
{
    private const int TokensOfAnEvent = 7;

    private readonly HttpContext _context;
    private readonly GeminiFraming _framing;
    private readonly Action _brokenOff;
    private int _events;

    /// <param name="brokenOff">Told when the script itself ends the connection: that the client is gone afterwards is not the client's doing.</param>
    internal GeminiReply(HttpContext context, GeminiFraming framing, Action brokenOff, CancellationToken clientLeft)
    {
        _context = context;
        _framing = framing;
        _brokenOff = brokenOff;
        ClientLeft = clientLeft;
        context.Response.ContentType = "text/event-stream";
    }

    /// <summary>Also cancelled when the fake is stopped.</summary>
    public CancellationToken ClientLeft { get; }

    public async Task StartAsync()
    {
        await _context.Response.StartAsync(ClientLeft);
        await _context.Response.Body.FlushAsync(ClientLeft);
    }

    /// <param name="json">Given the tokens so far.</param>
    public async Task SendAsync(Func<int, string> json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (_framing.KeepAlives)
        {
            await WriteAsync(Encoding.UTF8.GetBytes($": keep-alive{_framing.LineEnd}{_framing.LineEnd}"));
        }

        await WriteAsync(Encoding.UTF8.GetBytes($"data: {json(++_events * TokensOfAnEvent)}{_framing.LineEnd}{_framing.LineEnd}"));
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        var step = _framing.ByteByByte ? 1 : bytes.Length;
        for (var at = 0; at < bytes.Length; at += step)
        {
            await _context.Response.Body.WriteAsync(bytes.Slice(at, step), ClientLeft);
            await _context.Response.Body.FlushAsync(ClientLeft);
        }
    }

    public async Task FailAsync(int status, string body, string contentType)
    {
        _context.Response.StatusCode = status;
        _context.Response.ContentType = contentType;
        await _context.Response.WriteAsync(body, ClientLeft);
    }

    /// <summary>The status line and the headers of a refusal, whose body is yet to come.</summary>
    public Task BeginToFailAsync(int status)
    {
        _context.Response.StatusCode = status;
        return StartAsync();
    }

    public async Task CutAsync()
    {
        await StartAsync();
        Socket.Shutdown(SocketShutdown.Send);
        _brokenOff();
        // Whatever Kestrel did now to end the response would be an RST, which overtakes what the client has not read yet.
        await Task.Delay(Timeout.Infinite, ClientLeft);
    }

    public async Task ResetAsync()
    {
        await StartAsync();
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
        _brokenOff();
        _context.Abort();
    }

    private Socket Socket => _context.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
}
