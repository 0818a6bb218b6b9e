using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>A real receiver of OpenTelemetry's protocol, over HTTP and over gRPC, that keeps what it is sent.</summary>
internal sealed class FakeCollector : IAsyncDisposable
{
    /// <summary>Before a message of gRPC: whether it is compressed, and its length.</summary>
    private const int GrpcPrefix = 5;

    private readonly WebApplication _server;
    private readonly Pulse _received = new();
    private readonly ConcurrentQueue<ByteString> _traces = new();
    private readonly ConcurrentQueue<ByteString> _metrics = new();
    private readonly ConcurrentQueue<(string Path, string Header)> _headers = new();

    private FakeCollector(WebApplication server)
    {
        _server = server;
        server.MapPost("/v1/traces", http => KeepAsync(http, _traces, isGrpc: false));
        server.MapPost("/v1/metrics", http => KeepAsync(http, _metrics, isGrpc: false));
        server.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", http => KeepAsync(http, _traces, isGrpc: true));
        server.MapPost("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", http => KeepAsync(http, _metrics, isGrpc: true));
    }

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT with http/protobuf.</summary>
    public string HttpUrl { get; private set; } = "";

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT with grpc.</summary>
    public string GrpcUrl { get; private set; } = "";

    public IReadOnlyList<SentSpan> Spans => [.. _traces.SelectMany(Otlp.Spans)];

    /// <summary>All that were ever sent: what was counted is sent again and again, as it stands.</summary>
    public IReadOnlyList<SentPoint> Points => [.. _metrics.SelectMany(Otlp.Points)];

    /// <summary>Of all requests, each as name: value.</summary>
    public IReadOnlyList<string> Headers => [.. _headers.Select(h => h.Header)];

    /// <summary>The paths that were asked: each signal has its own, and another over gRPC.</summary>
    public IEnumerable<string> Paths => _headers.Select(h => h.Path).Distinct();

    /// <summary>Everything that came, to look for what must not be there.</summary>
    public IEnumerable<byte[]> Bodies => _traces.Concat(_metrics).Select(body => body.ToByteArray());

    public static async Task<FakeCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http2);
        });
        var collector = new FakeCollector(builder.Build());
        await collector._server.StartAsync();
        var addresses = collector._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (collector.HttpUrl, collector.GrpcUrl) = (addresses[0], addresses[1]);
        return collector;
    }

    public IReadOnlyList<string> HeadersOf(string path) => [.. _headers.Where(h => h.Path == path).Select(h => h.Header)];

    /// <summary>The first span that fits, as soon as it is there.</summary>
    public async Task<SentSpan> SpanAsync(Func<SentSpan, bool> wanted)
    {
        SentSpan? found = null;
        await UntilAsync(() => (found = Spans.FirstOrDefault(wanted)) is not null);
        return found!;
    }

    public Task UntilAsync(Func<bool> condition) => _received.UntilAsync(
        condition,
        () => $"what the test waits for was not sent. Sent were the spans\n{string.Join('\n', Spans)}\nand of the hub's own the numbers\n"
            + string.Join('\n', Points.Where(p => p.Scope.StartsWith("BeMore", StringComparison.Ordinal)).Select(p => $"{p.Name} {p.Value} {p.Count} {string.Join(',', p.Attributes)}").Distinct()),
        TimeSpan.FromSeconds(20));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task KeepAsync(HttpContext http, ConcurrentQueue<ByteString> kept, bool isGrpc)
    {
        foreach (var (name, value) in http.Request.Headers)
        {
            _headers.Enqueue((http.Request.Path.Value!, $"{name}: {value}"));
        }

        var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        kept.Enqueue(ByteString.CopyFrom(body.ToArray().AsSpan(isGrpc ? GrpcPrefix : 0)));
        _received.Beat();
        http.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            // An empty answer, and that all is well.
            await http.Response.Body.WriteAsync(new byte[GrpcPrefix], http.RequestAborted);
            http.Response.AppendTrailer("grpc-status", "0");
        }
    }
}
