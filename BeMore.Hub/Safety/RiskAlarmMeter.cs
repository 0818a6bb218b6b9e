using System.Diagnostics.Metrics;
using BeMore.Telemetry;

namespace BeMore.Safety;

/// <summary>What became of the alarms for the operator's service. Not whose they were.</summary>
internal sealed class RiskAlarmMeter
{
    private static readonly KeyValuePair<string, object?> DeliveredLabel = new("outcome", "delivered");
    private static readonly KeyValuePair<string, object?> FailedLabel = new("outcome", "failed");
    private static readonly KeyValuePair<string, object?> DroppedLabel = new("outcome", "dropped");

    private readonly Counter<long> _alarms;

    public RiskAlarmMeter(IMeterFactory meters) => _alarms = meters.Create(TelemetryRegistration.Name)
        .CreateCounter<long>("bemore.safety.alarms", "{alarm}", "Alarms for the operator's service by what became of them, as the attribute outcome.");

    public void Delivered() => _alarms.Add(1, DeliveredLabel);

    /// <summary>All tries were used up.</summary>
    public void Failed() => _alarms.Add(1, FailedLabel);

    /// <summary>It gave way to newer ones, or the hub ended first.</summary>
    public void Dropped() => _alarms.Add(1, DroppedLabel);

    /// <summary>Counts nothing: the first that fails is to be seen as a rise.</summary>
    public void CountFromZero()
    {
        _alarms.Add(0, DeliveredLabel);
        _alarms.Add(0, FailedLabel);
        _alarms.Add(0, DroppedLabel);
    }
}
