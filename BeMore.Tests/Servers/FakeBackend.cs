using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>A real web server in the place of BeMore's existing backend: it echoes what nothing else here is for, faults included.</summary>
public sealed class FakeBackend : IAsyncDisposable
{
    /// <summary>Neither the hub's origins nor anything that it would say: whoever sees it has the backend's own CORS answer.</summary>
    public const string AllowedOrigin = "https://said-by-the-backend.example";

    private readonly WebApplication _server;
    private readonly Pulse _changed = new();
    private readonly ConcurrentQueue<BackendRequest> _requests = new();
    private readonly Channel<string> _pieces = Channel.CreateUnbounded<string>();
    private long _uploaded;

    private FakeBackend(WebApplication server)
    {
        _server = server;
        server.UseWebSockets();
        server.Use(RecordAsync);
        server.Map("/ws/{kind}/{id}", http => http.WebSockets.IsWebSocketRequest ? FakeBackendSockets.EchoAsync(http) : EchoAsync(http));
        server.MapPost("/api/auth/login", Login);
        server.MapMethods("/api/auth/login", ["OPTIONS"], Login);
        server.MapGet("/api/events", http => StreamAsync(http, "text/event-stream"));
        server.MapGet("/api/chunks", http => StreamAsync(http, "text/plain"));
        server.MapGet("/api/download", DownloadAsync);
        server.MapGet("/api/moved", Moved);
        server.MapGet("/api/file", FileAsync);
        server.Map("/api/hangs", http => Task.Delay(Timeout.Infinite, http.RequestAborted));
        server.Map("/api/resets", (HttpContext http) => http.Abort());
        server.MapGet("/api/breaks-off", BreakOffAsync);
        server.MapPost("/api/session/refused/{call}", () => Results.StatusCode(StatusCodes.Status403Forbidden));
        server.MapFallback("/{**path}", EchoAsync);
    }

    /// <summary>Without a slash at the end: what BACKEND_URL is set to.</summary>
    public string Url { get; private set; } = "";

    public string Authority => new Uri(Url).Authority;

    /// <summary>All that it ever saw, in the order in which it came.</summary>
    public IReadOnlyList<BackendRequest> Requests => [.. _requests];

    /// <param name="url">An address that a backend had before; else a free one.</param>
    public static async Task<FakeBackend> StartAsync(string url = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
        });
        var fake = new FakeBackend(builder.Build());
        await fake._server.StartAsync();
        fake.Url = fake._server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        return fake;
    }

    /// <summary>An address at which nobody listens, and a backend may later.</summary>
    public static async Task<string> FreeUrlAsync()
    {
        await using var fake = await StartAsync();
        return fake.Url;
    }

    /// <summary>The request of this number, from 0, as soon as it is there.</summary>
    public async Task<BackendRequest> RequestAsync(int number = 0)
    {
        await _changed.UntilAsync(() => _requests.Count > number, () => $"{_requests.Count} requests came, not {number + 1}.");
        return _requests.ElementAt(number);
    }

    /// <summary>So many bytes of bodies have been read.</summary>
    public Task UploadedAsync(long bytes) =>
        _changed.UntilAsync(() => Interlocked.Read(ref _uploaded) >= bytes, () => $"{_uploaded} bytes came, not {bytes}.");

    /// <summary>Sends the next piece of /api/events or /api/chunks; null ends it. Has /api/breaks-off break off.</summary>
    public void Release(string? piece)
    {
        if (piece is null)
        {
            _pieces.Writer.Complete();
        }
        else
        {
            _pieces.Writer.TryWrite(piece);
        }
    }

    /// <summary>What /api/download is made of.</summary>
    public static void Fill(Span<byte> part, long offset)
    {
        for (var i = 0; i < part.Length; i++)
        {
            part[i] = (byte)((offset + i) * 31 >> 3);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task RecordAsync(HttpContext http, RequestDelegate next)
    {
        var request = BackendRequest.Of(http);
        _requests.Enqueue(request);
        _changed.Beat();
        try
        {
            await next(http);
        }
        catch (Exception over) when (http.RequestAborted.IsCancellationRequested && over is OperationCanceledException or IOException)
        {
            // What the test asked for.
        }
        finally
        {
            request.End(http.RequestAborted.IsCancellationRequested);
        }
    }

    private async Task EchoAsync(HttpContext http)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var start = new MemoryStream();
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int read; (read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0; length += read)
        {
            Interlocked.Add(ref _uploaded, read);
            _changed.Beat();
            hash.AppendData(buffer, 0, read);
            if (length < buffer.Length)
            {
                start.Write(buffer, 0, read);
            }
        }

        http.Response.Headers["X-Backend"] = "echo";
        await http.Response.WriteAsJsonAsync(new EchoedBody(length, Convert.ToHexString(hash.GetHashAndReset()), Encoding.UTF8.GetString(start.ToArray())));
    }

    private static IResult Login(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowOrigin = AllowedOrigin;
        http.Response.Headers.Vary = "Origin";
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.Headers.AccessControlAllowHeaders = "x-of-the-backend";
            return Results.Ok();
        }

        return Results.Json(new { success = true, data = new { accessToken = "a", refreshToken = "r" } });
    }

    private async Task StreamAsync(HttpContext http, string type)
    {
        http.Response.ContentType = type;
        // The head first, as servers of streams do.
        await http.Response.Body.FlushAsync(http.RequestAborted);
        await foreach (var piece in _pieces.Reader.ReadAllAsync(http.RequestAborted))
        {
            await http.Response.WriteAsync(piece, http.RequestAborted);
        }
    }

    private static async Task DownloadAsync(HttpContext http)
    {
        var length = long.Parse(http.Request.Query["bytes"]!, System.Globalization.CultureInfo.InvariantCulture);
        http.Response.ContentLength = length;
        var buffer = new byte[80 * 1024];
        for (long sent = 0; sent < length;)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - sent));
            Fill(part.Span, sent);
            await http.Response.Body.WriteAsync(part, http.RequestAborted);
            sent += part.Length;
        }
    }

    private static IResult Moved(HttpContext http)
    {
        http.Response.Headers.Append("Set-Cookie", "a=1; HttpOnly");
        http.Response.Headers.Append("Set-Cookie", "b=2");
        return Results.Redirect("/elsewhere");
    }

    private static async Task FileAsync(HttpContext http)
    {
        http.Response.Headers.ContentEncoding = "gzip";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"상담 기록.txt\"";
        await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(Encoding.UTF8.GetBytes("기록"));
    }

    private async Task BreakOffAsync(HttpContext http)
    {
        http.Response.ContentLength = 100;
        await http.Response.WriteAsync("half of it");
        await _pieces.Reader.ReadAsync(http.RequestAborted);
        http.Abort();
    }
}

/// <summary>What /… answers: how much came, its SHA-256 and, where it is short, what it was.</summary>
public sealed record EchoedBody(long Length, string Sha256, string Text);
