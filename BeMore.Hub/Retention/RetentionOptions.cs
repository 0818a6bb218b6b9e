using BeMore.Configuration;
using BeMore.Forwarding;

namespace BeMore.Retention;

/// <summary>How long what people said is kept; without end by default.</summary>
/// <param name="Days"><c>RETENTION_DAYS</c>; null: nothing is deleted by age.</param>
/// <param name="SessionsToo">The rows of <c>sessions</c> are the hub's own, as far as the configuration tells: no other backend issues them.</param>
internal sealed record RetentionOptions(int? Days, bool SessionsToo)
{
    /// <summary>A century: more is a mistake.</summary>
    private const int MostDays = 36_500;

    /// <summary>What was kept before this is to be gone; null: nothing is.</summary>
    public DateTimeOffset? KeptSince(DateTimeOffset now) => Days is { } days ? now.AddDays(-days) : null;

    public static RetentionOptions Read(Settings settings, ForwardingOptions forwarding)
    {
        // None rather than 0, which might mean either end.
        var days = settings.Text("RETENTION_DAYS") is null ? (int?)null : settings.Number("RETENTION_DAYS", 0, 1, MostDays, " of days");
        return new RetentionOptions(days, SessionsToo: forwarding.Backend is null);
    }
}
