using System.Diagnostics;
using BeMore.Data;
using OpenTelemetry;

namespace BeMore.Telemetry;

/// <summary>
/// Lets nothing out of a span of the framework's but what is named here. A path holds a session's id, a query a token, an exception
/// somebody's words; and the next version of a library may add what this one does not.
/// </summary>
internal sealed class PrivateSpans : BaseProcessor<Activity>
{
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "http.request.method", "http.response.status_code", "http.route", "url.scheme", "network.protocol.version", "server.address", "server.port",
        "error.type",
    };

    public override void OnEnd(Activity data)
    {
        // What the caller sent along. Not null, which would be the parent's.
        data.TraceStateString = "";
        if (data.Source.Name is TelemetryRegistration.Name or StoreTimings.Name)
        {
            // What these hold is written here, word by word.
            return;
        }

        foreach (var (name, _) in data.TagObjects.Where(tag => !Allowed.Contains(tag.Key)).ToArray())
        {
            data.SetTag(name, null);
        }

        // Without words.
        data.SetStatus(data.Status);
        if (data.Events.Any())
        {
            // An event cannot be taken out of a span, and most tell of an exception: then the span stays here.
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
