using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace BeMore.Gemini;

/// <summary>
/// Deadlines, retries and the second model round a client that knows none of them. Everything that can be tried again is tried
/// before the first words; once text has been shown a broken stream ends as it is, so that nothing is said twice or mixed.
/// </summary>
internal sealed class GeminiPipeline : DelegatingChatClient
{
    private static readonly ResiliencePropertyKey<Question> Asked = new("question");

    private readonly GeminiModels _models;
    private readonly GeminiOptions _options;
    private readonly GeminiTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger<GeminiPipeline> _logger;
    private readonly ResiliencePipeline<GeminiAttempt> _start;
    private readonly ResiliencePipeline<GeminiAttempt> _try;

    public GeminiPipeline(
        IChatClient inner, GeminiModels models, GeminiOptions options, GeminiTelemetry telemetry, TimeProvider time, ILogger<GeminiPipeline> logger)
        : base(inner)
    {
        (_models, _options, _telemetry, _time, _logger) = (models, options, telemetry, time, logger);
        _start = new ResiliencePipelineBuilder<GeminiAttempt> { TimeProvider = time }
            .AddTimeout(options.AnswerStartTimeout)
            .AddRetry(new RetryStrategyOptions<GeminiAttempt>
            {
                MaxRetryAttempts = Question.Retries,
                Delay = TimeSpan.FromMilliseconds(250),
                MaxDelay = Question.LongestBackoff,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is GeminiException e && QuestionOf(args.Context).MayTryAfter(e)),
                DelayGenerator = args => ValueTask.FromResult(QuestionOf(args.Context).Wait),
                OnRetry = args =>
                {
                    var next = QuestionOf(args.Context).Order[0];
                    _logger.TryingAgain(args.AttemptNumber + 1, args.RetryDelay.TotalMilliseconds, next.Name, args.Outcome.Exception!.Message);
                    _telemetry.Retried(next);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
        // Apart, because two requests of one try each have their own.
        _try = new ResiliencePipelineBuilder<GeminiAttempt> { TimeProvider = time }.AddTimeout(options.FirstChunkTimeout).Build();
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var question = new Question(_models, messages, options ?? new ChatOptions(), _options.AnswerStartTimeout, _time, cancellationToken);
        await using var attempt = await StartAsync(question);
        foreach (var update in attempt.Opening)
        {
            yield return update;
        }

        attempt.Opening.Clear();
        await foreach (var update in attempt.RestAsync(_options.SilenceTimeout))
        {
            yield return update;
        }
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    private async Task<GeminiAttempt> StartAsync(Question question)
    {
        var context = ResilienceContextPool.Shared.Get(question.Caller);
        context.Properties.Set(Asked, question);
        try
        {
            return await _start.ExecuteAsync(async (c, q) => await TryAsync(q, c.CancellationToken), context, question);
        }
        catch (TimeoutRejectedException e)
        {
            throw NoFirstWords(e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <param name="question">What is asked.</param>
    /// <param name="deadline">Cancelled when the time for all tries is over, or when nobody wants the answer any more.</param>
    private Task<GeminiAttempt> TryAsync(Question question, CancellationToken deadline)
    {
        var permit = question.Enter();
        if (permit.Model != _models.InOrder[0])
        {
            _telemetry.FailedOver(permit.Model);
        }

        return _options.HedgeAfter == TimeSpan.Zero
            ? AskAsync(permit, question, deadline, deadline)
            : Hedge.RaceAsync(permit, _options.HedgeAfter, () => Beside(permit), (p, leave) => AskAsync(p, question, deadline, leave), _time, deadline);
    }

    /// <summary>The other model: a model that is late is busy, and would be late again for the second request.</summary>
    private GeminiPermit? Beside(GeminiPermit first)
    {
        var permit = _models.TryEnter(_models.InOrder.Where(m => m != first.Model));
        if (permit is not null)
        {
            _logger.AskedBeside(permit.Model.Name, first.Model.Name, _options.HedgeAfter.TotalMilliseconds);
            _telemetry.Hedged(permit.Model);
        }

        return permit;
    }

    /// <param name="permit">Whom to ask; what came of it is said to it, and it is given back.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="deadline">Of the question.</param>
    /// <param name="leave">Of this request: cancelled with the deadline, and when another request was faster.</param>
    private async Task<GeminiAttempt> AskAsync(GeminiPermit permit, Question question, CancellationToken deadline, CancellationToken leave)
    {
        using var _ = permit;
        var chat = question.OptionsFor(permit.Model);
        var call = _telemetry.Begin(permit.Model.Name, chat);
        GeminiAttempt? attempt = null;
        try
        {
            attempt = await _try.ExecuteAsync(
                async token => await GeminiAttempt.StartAsync(InnerClient, question.Messages, chat, call, _time, token, question.Caller),
                leave);
            permit.Answered();
            return attempt;
        }
        catch (TimeoutRejectedException e)
        {
            throw Failed(NoFirstWords(e));
        }
        catch (GeminiException e)
        {
            Failed(e);
            throw;
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !question.Caller.IsCancellationRequested)
        {
            Failed(new GeminiException(GeminiFailure.TimedOut, "Gemini gave no first words in time.", e));
            throw;
        }
        finally
        {
            if (attempt is null)
            {
                call?.Dispose();
            }
        }

        GeminiException Failed(GeminiException e)
        {
            permit.Failed(e);
            call?.Failed(e);
            return e;
        }
    }

    private static GeminiException NoFirstWords(TimeoutRejectedException e) =>
        new(GeminiFailure.TimedOut, $"Gemini gave no first words within {e.Timeout.TotalMilliseconds:0} ms.", e);

    private static Question QuestionOf(ResilienceContext context) => context.Properties.GetValue(Asked, null!);
}
