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
    private const int Retries = 2;

    /// <summary>Whom Google asks to wait longer than this is better served by the other model, whose quota is another.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    private static readonly ResiliencePropertyKey<Question> Asked = new("question");

    private readonly GeminiOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<GeminiPipeline> _logger;
    private readonly ResiliencePipeline<GeminiAttempt> _start;

    public GeminiPipeline(IChatClient inner, GeminiOptions options, TimeProvider time, ILogger<GeminiPipeline> logger)
        : base(inner)
    {
        (_options, _time, _logger) = (options, time, logger);
        _start = new ResiliencePipelineBuilder<GeminiAttempt> { TimeProvider = time }
            .AddTimeout(options.AnswerStartTimeout)
            .AddRetry(new RetryStrategyOptions<GeminiAttempt>
            {
                MaxRetryAttempts = Retries,
                Delay = TimeSpan.FromMilliseconds(250),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && QuestionOf(args.Context).MayTryAfter(e)),
                DelayGenerator = args => ValueTask.FromResult(QuestionOf(args.Context).Wait),
                OnRetry = args =>
                {
                    var question = QuestionOf(args.Context);
                    _logger.TryingAgain(args.AttemptNumber + 1, args.RetryDelay.TotalMilliseconds, question.Model, args.Outcome.Exception!.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .AddTimeout(options.FirstChunkTimeout)
            .Build();
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var attempt = await StartAsync(messages, options ?? new ChatOptions(), cancellationToken);
        foreach (var update in attempt.Opening)
        {
            yield return update;
        }

        while (await attempt.NextAsync(_options.SilenceTimeout) is { } update)
        {
            yield return update;
        }
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    private async Task<GeminiAttempt> StartAsync(IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken caller)
    {
        var context = ResilienceContextPool.Shared.Get(caller);
        context.Properties.Set(Asked, new Question(_options));
        try
        {
            return await _start.ExecuteAsync(
                (c, ask) => AskAsync(QuestionOf(c).Model, ask.messages, ask.options, c.CancellationToken, ask.caller),
                context,
                (messages, options, caller));
        }
        catch (TimeoutRejectedException e)
        {
            throw new GeminiException(GeminiFailure.TimedOut, $"Gemini gave no first words within {e.Timeout.TotalMilliseconds:0} ms.", e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<GeminiAttempt> AskAsync(
        string model, IEnumerable<ChatMessage> messages, ChatOptions options, CancellationToken deadline, CancellationToken caller)
    {
        var asked = options.Clone();
        asked.ModelId = model;
        try
        {
            return await GeminiAttempt.StartAsync(InnerClient, messages, asked, _time, deadline, caller);
        }
        catch (GeminiException e) when (e.Failure == GeminiFailure.ModelGone)
        {
            _logger.ModelGone(model, model == _options.Model ? "GEMINI_MODEL" : "GEMINI_FALLBACK_MODEL");
            throw;
        }
    }

    private static Question QuestionOf(ResilienceContext context) => context.Properties.GetValue(Asked, null!);

    /// <summary>What is known of one question while it is tried: which model comes next, and when.</summary>
    private sealed class Question(GeminiOptions options)
    {
        private int _failures;

        public string Model { get; private set; } = options.Model;

        /// <summary>Null: Polly's own backoff.</summary>
        public TimeSpan? Wait { get; private set; }

        public bool MayTryAfter(Exception exception)
        {
            var (failure, retryAfter) = exception switch
            {
                GeminiException e => (e.Failure, e.RetryAfter),
                TimeoutRejectedException => (GeminiFailure.TimedOut, null),
                _ => (GeminiFailure.BadRequest, (TimeSpan?)null),
            };
            if (failure is GeminiFailure.KeyRefused or GeminiFailure.BadRequest)
            {
                return false;
            }

            _failures++;
            var otherModel = failure is GeminiFailure.ModelGone or GeminiFailure.TimedOut || retryAfter > LongestWait || _failures == Retries;
            var hasOther = Model != options.FallbackModel;
            if (otherModel && hasOther)
            {
                Model = options.FallbackModel;
                Wait = TimeSpan.Zero;
                return true;
            }

            Wait = retryAfter;
            return failure is not GeminiFailure.ModelGone && !(retryAfter > LongestWait);
        }
    }
}
