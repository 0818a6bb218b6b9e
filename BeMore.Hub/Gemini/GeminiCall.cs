using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>One request to one model, as it is measured and traced: until its last word, its failure, or until nobody wants it any more.</summary>
internal sealed class GeminiCall : IDisposable
{
    /// <summary>The conventions' own name for Gemini's <c>generateContent</c>; <c>chat</c> is for interfaces such as OpenAI's.</summary>
    public const string Operation = "generate_content";

    /// <summary>Left in the middle, by whoever asked: barged in, gone, or answered by the other model of a hedge. Not an error of anybody's.</summary>
    private const string Cancelled = "cancelled";

    private readonly GeminiTelemetry _telemetry;
    private readonly Activity? _span;
    private readonly long _began;
    private TagList _tags;
    private string? _answering;
    private ChatFinishReason? _finish;
    private GeminiException? _failure;
    private bool _isOver;

    public GeminiCall(GeminiTelemetry telemetry, string model, Activity? span)
    {
        (_telemetry, _span, _began) = (telemetry, span, telemetry.Time.GetTimestamp());
        _tags.Add("gen_ai.operation.name", Operation);
        _tags.Add("gen_ai.provider.name", "gcp.gemini");
        _tags.Add(GeminiTelemetry.RequestModel, model);
    }

    /// <summary>Something of the answer, whatever it is.</summary>
    public void Came(ChatResponseUpdate update)
    {
        if (_answering is null)
        {
            _answering = update.ModelId ?? "";
            if (_answering.Length > 0)
            {
                _tags.Add("gen_ai.response.model", _answering);
            }

            var seconds = _telemetry.Time.GetElapsedTime(_began).TotalSeconds;
            _telemetry.FirstChunk.Record(seconds, _tags);
            _span?.SetTag("gen_ai.response.time_to_first_chunk", seconds);
        }

        _finish = update.FinishReason ?? _finish;
        foreach (var content in update.Contents)
        {
            if (content is UsageContent { Details: var usage })
            {
                Used("input", usage.InputTokenCount);
                // Thoughts are paid for as what is said is.
                Used("output", usage.OutputTokenCount + (usage.ReasoningTokenCount ?? 0));
            }
        }
    }

    public void Failed(GeminiException e) => _failure ??= e;

    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        var error = _failure?.Kind ?? (_finish is null ? Cancelled : null);
        if (error is not null)
        {
            _tags.Add("error.type", error);
        }

        _telemetry.Duration.Record(_telemetry.Time.GetElapsedTime(_began).TotalSeconds, _tags);
        if (_span is null)
        {
            return;
        }

        foreach (var (name, value) in _tags)
        {
            _span.SetTag(name, value);
        }

        if (_finish is { } finish)
        {
            // Those of which it is known what they are: the rest is what somebody else wrote.
            var isKnown = finish == ChatFinishReason.Stop || finish == ChatFinishReason.Length || finish == ChatFinishReason.ContentFilter;
            _span.SetTag("gen_ai.response.finish_reasons", new[] { isKnown ? finish.Value : "other" });
        }

        if (_failure is not null)
        {
            _span.SetStatus(ActivityStatusCode.Error, error);
        }

        _span.Dispose();
    }

    private void Used(string type, long? tokens)
    {
        if (tokens is not { } count)
        {
            return;
        }

        _span?.SetTag($"gen_ai.usage.{type}_tokens", count);
        if (_telemetry.Tokens.Enabled)
        {
            var tags = _tags;
            tags.Add("gen_ai.token.type", type);
            _telemetry.Tokens.Record(count, tags);
        }
    }
}
