using System.Diagnostics.Metrics;
using BeMore.Telemetry;

namespace BeMore.Retention;

/// <summary>How much was deleted because of its age. Not whose it was.</summary>
internal sealed class RetentionMeter
{
    private static readonly KeyValuePair<string, object?> Turn = new("kind", "turn");
    private static readonly KeyValuePair<string, object?> Session = new("kind", "session");

    private readonly Counter<long> _deleted;

    public RetentionMeter(IMeterFactory meters) => _deleted = meters.Create(TelemetryRegistration.Name)
        .CreateCounter<long>("bemore.retention.deleted", "{row}", "Rows that were deleted because of their age, as the attribute kind.");

    public void Turns(int rows) => _deleted.Add(rows, Turn);

    public void Sessions(int rows) => _deleted.Add(rows, Session);

    /// <summary>Counts nothing: the first is to be seen as a rise.</summary>
    public void CountFromZero()
    {
        Turns(0);
        Sessions(0);
    }
}
