using System.Data.Common;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BeMore.Data;

/// <summary>
/// How long a store takes for what it is asked, by the name of the question: as the histogram <c>db.client.operation.duration</c>, and as
/// spans of whoever asks. Neither holds SQL, a value or the words of an error.
/// </summary>
/// <remarks>
/// Not the driver's own spans: those hold the statement, and of a statement that failed the exception, whose words may be what somebody said.
/// </remarks>
/// <param name="meters">Makes the instruments.</param>
/// <param name="time">The clock.</param>
/// <param name="system">What <c>db.system.name</c> says: <c>postgresql</c>, say.</param>
/// <param name="codeOf">The store's own code for a failure, one of a few; null where it gave none. Without it SQL's.</param>
public sealed class StoreTimings(IMeterFactory meters, TimeProvider time, string system, Func<Exception, string?>? codeOf = null)
{
    /// <summary>Of the meter and of the source of the spans.</summary>
    public const string Name = "BeMore.Data";

    private static readonly ActivitySource Spans = new(Name);

    private readonly KeyValuePair<string, object?> _system = new("db.system.name", system);

    // A statement of a turn takes a few ms, and is to take under 100 (protocol.md, section 3).
    private readonly Histogram<double> _duration = meters.Create(Name).CreateHistogram(
        "db.client.operation.duration",
        "s",
        "From the question to the answer, the wait for a connection included.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] });

    /// <summary>Asks, and takes the time, where anybody wants to know it.</summary>
    /// <param name="operation">The question's name, one of a few.</param>
    /// <param name="ask">Asks it.</param>
    /// <param name="isTraced">False: it is in nobody's trace, because it is asked for many at once, or again and again.</param>
    public Task<T> TimeAsync<T>(string operation, Func<Task<T>> ask, bool isTraced = true)
    {
        ArgumentNullException.ThrowIfNull(ask);
        // A span of its own would be one for each look whether the database is there.
        isTraced = isTraced && Spans.HasListeners() && Activity.Current is not null;
        return isTraced || _duration.Enabled ? TimedAsync(operation, ask, isTraced) : ask();
    }

    private async Task<T> TimedAsync<T>(string operation, Func<Task<T>> ask, bool isTraced)
    {
        var began = time.GetTimestamp();
        using var span = isTraced ? Spans.StartActivity(operation, ActivityKind.Client) : null;
        var name = new KeyValuePair<string, object?>("db.operation.name", operation);
        span?.SetTag(_system.Key, _system.Value).SetTag(name.Key, name.Value);
        try
        {
            var answer = await ask();
            _duration.Record(time.GetElapsedTime(began).TotalSeconds, _system, name);
            return answer;
        }
        catch (Exception e)
        {
            var error = new KeyValuePair<string, object?>("error.type", ErrorOf(e));
            span?.SetTag(error.Key, error.Value).SetStatus(ActivityStatusCode.Error);
            _duration.Record(time.GetElapsedTime(began).TotalSeconds, _system, name, error);
            throw;
        }
    }

    private static string? SqlCodeOf(Exception e) => e is DbException { SqlState: { Length: > 0 } state } ? state : null;

    /// <summary>The store's own code, or what kind of exception it is.</summary>
    private string ErrorOf(Exception e) => (codeOf ?? SqlCodeOf)(e) ?? e.GetType().FullName!;
}
