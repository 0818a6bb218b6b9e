using BeMore.Configuration;
using OpenTelemetry.Exporter;

namespace BeMore.Telemetry;

/// <summary>
/// Where a signal (metrics or traces) is sent, over OpenTelemetry's protocol. What its own variables do not say, those for all signals do,
/// which the SDK reads.
/// </summary>
/// <param name="Endpoint">Its own, with the path; null: that of all signals.</param>
/// <param name="Protocol">Its own; null: that of all signals.</param>
/// <param name="Headers">Its own, which may hold a key; null: those of all signals.</param>
internal sealed record OtlpTarget(Uri? Endpoint, OtlpExportProtocol? Protocol, string? Headers)
{
    private const string Variable = "OTEL_EXPORTER_OTLP";

    /// <summary>Null: it is sent nowhere.</summary>
    /// <param name="settings">All.</param>
    /// <param name="signal">METRICS or TRACES.</param>
    public static OtlpTarget? Read(Settings settings, string signal)
    {
        // All are looked at: each is to be right where it is set.
        var all = settings.HttpUrl($"{Variable}_ENDPOINT");
        ReadProtocol(settings, $"{Variable}_PROTOCOL");
        var own = new OtlpTarget(
            settings.HttpUrl($"{Variable}_{signal}_ENDPOINT"),
            ReadProtocol(settings, $"{Variable}_{signal}_PROTOCOL"),
            settings.Text($"{Variable}_{signal}_HEADERS"));
        var isOff = settings.OneOf($"OTEL_{signal}_EXPORTER", "otlp", "none") == "none" || settings.OneOf("OTEL_SDK_DISABLED", "true", "false") == "true";
        return isOff || (own.Endpoint ?? all) is null ? null : own;
    }

    public void Configure(OtlpExporterOptions exporter)
    {
        exporter.Protocol = Protocol ?? exporter.Protocol;
        exporter.Headers = Headers ?? exporter.Headers;
        if (Endpoint is not null)
        {
            exporter.Endpoint = Endpoint;
        }
    }

    private static OtlpExportProtocol? ReadProtocol(Settings settings, string name) => settings.OneOf(name, "grpc", "http/protobuf") switch
    {
        null => null,
        "grpc" => OtlpExportProtocol.Grpc,
        _ => OtlpExportProtocol.HttpProtobuf,
    };
}
