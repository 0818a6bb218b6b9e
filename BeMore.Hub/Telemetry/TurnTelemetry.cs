using System.Diagnostics;
using System.Diagnostics.Metrics;
using BeMore.Counselling;
using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Telemetry;

/// <summary>What is measured and traced of turns: how they ended and how long people waited. Not a word, and not whose it was.</summary>
internal sealed class TurnTelemetry
{
    /// <summary>The outcome of a turn that was answered to its end.</summary>
    public const string Complete = "COMPLETE";

    /// <summary>The outcome of a turn whose answer somebody cut off.</summary>
    public const string Interrupted = "INTERRUPTED";

    private static readonly ActivitySource Spans = new(TelemetryRegistration.Name);

    private readonly TimeProvider _time;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstChunk;

    public TurnTelemetry(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(TelemetryRegistration.Name);
        _ended = meter.CreateCounter<long>("bemore.turns.ended", "{turn}", "Requests for an answer, by how they ended.");
        // Each with its target among the bounds: 2 s and 10 s (protocol.md, section 3).
        _firstChunk = meter.CreateHistogram(
            "bemore.turn.time_to_first_chunk",
            "s",
            "From the request to the first chunk of its answer, the wait behind earlier requests included.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 12, 20, 30] });
        _duration = meter.CreateHistogram(
            "bemore.turn.duration",
            "s",
            "From the request to its end, the wait behind earlier requests included.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120] });
    }

    /// <summary>The span of an HTTP request, where requests are traced. (Not whatever is current: SignalR hides it from its hubs.)</summary>
    public static ActivityContext SpanOf(HttpContext? http) =>
        Spans.HasListeners() && http?.Features.Get<IHttpActivityFeature>()?.Activity is { IdFormat: ActivityIdFormat.W3C } request
            // Without the state that the caller may have sent along.
            ? new ActivityContext(request.TraceId, request.SpanId, request.ActivityTraceFlags)
            : default;

    /// <summary>
    /// The span of a turn that begins to run; null where nobody wants it. It is the root of a trace of its own, linked to the request that
    /// it came with: that one may be a socket's, which is open for hours.
    /// </summary>
    public Activity? Begin(Turn turn)
    {
        if (!Spans.HasListeners())
        {
            return null;
        }

        // A turn that waited runs where the one before it ran: that is not what it belongs to.
        Activity.Current = null;
        return Spans.StartActivity(
            "turn",
            ActivityKind.Server,
            parentContext: default,
            links: turn.Asker.Request == default ? null : [new ActivityLink(turn.Asker.Request)],
            startTime: _time.GetUtcNow() - _time.GetElapsedTime(turn.Asker.AskedAt));
    }

    /// <summary>A turn has ended, and its watcher is about to be told.</summary>
    /// <param name="span">What <see cref="Begin"/> gave.</param>
    /// <param name="turn">The turn.</param>
    /// <param name="started">When it began to run, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="progress">What was shown of it.</param>
    /// <param name="outcome">As the log has it: <see cref="Complete"/>, <see cref="Interrupted"/>, or the code of why it has no answer.</param>
    /// <param name="failed">It has none, or broke off.</param>
    public void End(Activity? span, Turn turn, long started, TurnProgress progress, string outcome, bool failed)
    {
        var how = new KeyValuePair<string, object?>("outcome", outcome);
        _ended.Add(1, how);
        if (_duration.Enabled || _firstChunk.Enabled)
        {
            _duration.Record(_time.GetElapsedTime(turn.Asker.AskedAt).TotalSeconds, how);
            if (progress.FirstChunkMs is { } ms)
            {
                _firstChunk.Record(_time.GetElapsedTime(turn.Asker.AskedAt, started).TotalSeconds + (ms / 1000));
            }
        }

        if (span is null)
        {
            return;
        }

        span.SetTag("bemore.turn.outcome", outcome)
            .SetTag("bemore.turn.waited_ms", _time.GetElapsedTime(turn.Asker.AskedAt, started).TotalMilliseconds)
            .SetTag("bemore.turn.first_chunk_ms", progress.FirstChunkMs)
            .SetTag("bemore.turn.chunks", turn.Chunks);
        if (failed)
        {
            span.SetTag("error.type", outcome).SetStatus(ActivityStatusCode.Error, outcome);
        }

        span.Dispose();
    }

    /// <summary>Counts nothing, under every name: whoever watches a number rise must have seen it at 0, or the first of its kind is missed.</summary>
    public void CountFromZero()
    {
        foreach (var outcome in TurnError.All.Select(e => e.Code).Append(Complete).Append(Interrupted))
        {
            _ended.Add(0, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    /// <summary>A request did not become a turn.</summary>
    public void Refused(TurnError error) => _ended.Add(1, new KeyValuePair<string, object?>("outcome", error.Code));
}
