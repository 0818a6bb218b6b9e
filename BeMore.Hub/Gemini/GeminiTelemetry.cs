using System.Diagnostics;
using System.Diagnostics.Metrics;
using BeMore.Telemetry;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>
/// What is measured and traced of requests to Gemini, under the names of OpenTelemetry's conventions for generative AI (1.41), and of what
/// the pipeline does about those that fail.
/// </summary>
/// <remarks>
/// Not Microsoft.Extensions.AI's own client for this: it keeps a copy of every answer, would let messages out where an environment
/// variable asks for them, and knows of a failure only that it was one of ours.
/// </remarks>
internal sealed class GeminiTelemetry
{
    public const string RequestModel = "gen_ai.request.model";

    // The bounds that the conventions ask for.
    private static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    private static readonly ActivitySource Spans = new(TelemetryRegistration.Name);

    private readonly Uri _server;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _hedges;

    public GeminiTelemetry(IMeterFactory meters, GeminiOptions options, TimeProvider time)
    {
        (_server, Time) = (new Uri(options.BaseUrl), time);
        var meter = meters.Create(TelemetryRegistration.Name);
        Duration = meter.CreateHistogram(
            "gen_ai.client.operation.duration", "s", "From a request to a model to the last of its answer.", tags: null, Seconds);
        FirstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "From a request to a model to the first of its answer.", tags: null, Seconds);
        Tokens = meter.CreateHistogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Tokens of a request and of its answer, thoughts included, as Gemini counts them.",
            tags: null,
            new InstrumentAdvice<long>
            {
                HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
            });
        _retries = meter.CreateCounter<long>("bemore.gemini.retries", "{request}", "Further requests after one that failed, by the model that is asked.");
        _failovers = meter.CreateCounter<long>("bemore.gemini.failovers", "{request}", "Requests to a model because the preferred one cannot be asked or has failed.");
        _hedges = meter.CreateCounter<long>("bemore.gemini.hedges", "{request}", "Requests beside one whose first words are late, by the model that is asked beside.");
    }

    public TimeProvider Time { get; }

    public Histogram<double> Duration { get; }

    public Histogram<double> FirstChunk { get; }

    public Histogram<long> Tokens { get; }

    /// <summary>A request is made; null where nobody wants to know of it.</summary>
    /// <param name="model">Which is asked.</param>
    /// <param name="chat">How it is asked to answer.</param>
    public GeminiCall? Begin(string model, ChatOptions? chat)
    {
        var isTraced = Spans.HasListeners();
        if (!isTraced && !Duration.Enabled && !FirstChunk.Enabled && !Tokens.Enabled)
        {
            return null;
        }

        var span = isTraced ? Spans.StartActivity($"{GeminiCall.Operation} {model}", ActivityKind.Client) : null;
        span?.SetTag("server.address", _server.Host).SetTag("server.port", _server.Port).SetTag("gen_ai.request.stream", true)
            .SetTag("gen_ai.request.temperature", Number(chat?.Temperature)).SetTag("gen_ai.request.top_p", Number(chat?.TopP))
            .SetTag("gen_ai.request.top_k", Number(chat?.TopK)).SetTag("gen_ai.request.max_tokens", chat?.MaxOutputTokens);
        return new GeminiCall(this, model, span);
    }

    /// <summary>Counts nothing, under every name: the first of its kind is to be seen as a rise.</summary>
    public void CountFromZero(IEnumerable<GeminiModel> models)
    {
        foreach (var model in models)
        {
            _retries.Add(0, Model(model));
            _failovers.Add(0, Model(model));
            _hedges.Add(0, Model(model));
        }
    }

    public void Retried(GeminiModel model) => _retries.Add(1, Model(model));

    public void FailedOver(GeminiModel model) => _failovers.Add(1, Model(model));

    public void Hedged(GeminiModel model) => _hedges.Add(1, Model(model));

    /// <summary>By way of a decimal, as it was written: a float's 0.7 is 0.699999988 as a double.</summary>
    private static double? Number(float? number) => (double?)(decimal?)number;

    private static KeyValuePair<string, object?> Model(GeminiModel model) => new(RequestModel, model.Name);
}
