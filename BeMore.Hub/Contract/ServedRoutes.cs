using BeMore.Telemetry;

namespace BeMore.Contract;

/// <summary>What this host serves itself: its routes, and Prometheus' door, which is none.</summary>
internal sealed class ServedRoutes(EndpointDataSource endpoints, TelemetryOptions telemetry)
{
    private readonly ILookup<string, IReadOnlyList<string>> _methods = endpoints.Endpoints
        .OfType<RouteEndpoint>()
        .ToLookup(PathOf, endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []);

    /// <param name="path">As it is mapped.</param>
    /// <param name="method">In any case. A route without methods takes all.</param>
    public bool Serve(string path, string method) =>
        path == MetricsDoor.Path
            ? telemetry.MetricsPort is not null
            : _methods[path].Any(methods => methods.Count == 0 || methods.Contains(method, StringComparer.OrdinalIgnoreCase));

    private static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');
}
