using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Telemetry;

/// <summary>
/// <c>/metrics</c> for Prometheus, on a port of its own: a path beside the others would be everybody's, and with <c>BACKEND_URL</c> the
/// other backend's. What comes through this port gets nothing else, and nothing of it is forwarded.
/// </summary>
internal static class MetricsDoor
{
    public const string Path = "/metrics";

    /// <summary>To be used first.</summary>
    public static void UseMetricsDoor(this WebApplication app)
    {
        if (app.Services.GetRequiredService<TelemetryOptions>().MetricsPort is not { } port)
        {
            return;
        }

        // Of any free port the number is known when it is listened on: it is the last of the addresses.
        var door = new Lazy<int>(() => port == 0 ? new Uri(app.Urls.Last()).Port : port);
        app.MapWhen(http => http.Connection.LocalPort == door.Value, metrics =>
        {
            metrics.Use((http, next) =>
            {
                if (http.Features.Get<IHttpMetricsTagsFeature>() is { } own)
                {
                    own.MetricsDisabled = true;
                }

                return next(http);
            });
            metrics.UseOpenTelemetryPrometheusScrapingEndpoint(Path);
            metrics.Run(http =>
            {
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
    }
}
