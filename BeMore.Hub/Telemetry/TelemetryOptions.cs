using BeMore.Configuration;

namespace BeMore.Telemetry;

/// <summary>
/// Who is told how the hub is doing; nobody by default. The variables that begin with <c>OTEL_</c> are OpenTelemetry's own, whose SDK reads
/// those that are not here.
/// </summary>
internal sealed record TelemetryOptions
{
    /// <summary><c>METRICS_PORT</c>: where Prometheus finds <c>/metrics</c>, and nothing else is. Null: nowhere; zero: any free port.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Where metrics are sent; null: nowhere.</summary>
    public OtlpTarget? Metrics { get; init; }

    /// <summary>Where traces are sent; null: nowhere.</summary>
    public OtlpTarget? Traces { get; init; }

    public static TelemetryOptions Read(Settings settings)
    {
        // To the SDK a sampler that it does not know is none, and every trace is kept.
        settings.OneOf(
            "OTEL_TRACES_SAMPLER", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio");
        return new TelemetryOptions
        {
            MetricsPort = ReadMetricsPort(settings),
            Metrics = OtlpTarget.Read(settings, "METRICS"),
            Traces = OtlpTarget.Read(settings, "TRACES"),
        };
    }

    private static int? ReadMetricsPort(Settings settings)
    {
        if (settings.Text("METRICS_PORT") is not { } text)
        {
            return null;
        }

        var port = settings.Number("METRICS_PORT", 0, 0, 65535);
        return port == 0 || port != settings.Port()
            ? port
            : throw Settings.Wrong("METRICS_PORT", text, "another port than PORT, which everybody reaches");
    }
}
