using System.Diagnostics.Metrics;
using System.Reflection;
using BeMore.Data;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BeMore.Telemetry;

internal static class TelemetryRegistration
{
    /// <summary>Of the hub's own meter and of the source of its spans.</summary>
    public const string Name = "BeMore";

    /// <summary>Where <c>OTEL_SERVICE_NAME</c> says nothing else.</summary>
    private const string ServiceName = "bemore-hub";

    // Those of the framework that say how the hub is doing. A further store has its timings in StoreTimings' meter; a library that measures
    // by itself is added here, and by its source below.
    private static readonly string[] Meters =
    [
        Name, StoreTimings.Name, "Npgsql", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Http.Connections", "System.Net.Http", "System.Runtime",
    ];

    private static readonly string[] Sources = [Name, StoreTimings.Name];

    /// <summary>What is measured, and who is told. Where nobody is, nothing listens, and measuring costs a look whether somebody does.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        services
            .AddSingleton(options)
            .AddSingleton<OpenSockets>()
            .AddSingleton<TurnTelemetry>()
            .AddHostedService<HubMeters>();
        if (options is { Metrics: null, Traces: null, MetricsPort: null })
        {
            return services;
        }

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(ServiceName, serviceVersion: Version)
            // Last, because the last word counts.
            .AddEnvironmentVariableDetector());
        if (options.Metrics is not null || options.MetricsPort is not null)
        {
            telemetry.WithMetrics(metrics => Configure(metrics, options));
        }

        if (options.Traces is { } target)
        {
            telemetry.WithTracing(traces => Configure(traces, target));
        }

        return services.AddHostedService<LastExport>();
    }

    private static string? Version => typeof(Program).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static void Configure(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        metrics.AddMeter(Meters).AddView(View);
        if (options.Metrics is { } target)
        {
            metrics.AddOtlpExporter(target.Configure);
        }

        if (options.MetricsPort is not null)
        {
            metrics.AddPrometheusExporter();
        }
    }

    private static MetricStreamConfiguration? View(Instrument instrument) => instrument switch
    {
        // The driver measures statements, too, but knows of none what it was for.
        { Meter.Name: "Npgsql" } when instrument.Name.StartsWith("db.client.operation.", StringComparison.Ordinal) => MetricStreamConfiguration.Drop,
        // Not by every address that a name stands for.
        { Name: "http.client.open_connections" or "http.client.connection.duration" } => new() { TagKeys = ["http.connection.state", "server.address"] },
        _ => null,
    };

    // Without the HTTP client's own spans: of a call that failed they hold the exception, which may quote what the other side said. Gemini's
    // are written here, and a forwarded call is in the span of the request that it answers.
    private static void Configure(TracerProviderBuilder traces, OtlpTarget target) => traces
        .AddSource(Sources)
        .AddAspNetCoreInstrumentation(http =>
        {
            http.Filter = IsWorthATrace;
            // It would make a trace of every ping. A turn has one of its own.
            http.EnableAspNetCoreSignalRSupport = false;
        })
        .AddProcessor(new PrivateSpans())
        .AddOtlpExporter(target.Configure);

    private static bool IsWorthATrace(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase)
        && !http.Request.Path.StartsWithSegments(MetricsDoor.Path, StringComparison.OrdinalIgnoreCase);
}
