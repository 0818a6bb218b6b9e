using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace BeMore.Safety;

/// <summary>Tells one alarm to the operator's service, and tries again where nobody took it.</summary>
/// <remarks>
/// <c>POST</c> of <c>{"sessionId","level","timestamp"}</c> with <c>X-BeMore-Signature: sha256=</c> and the HMAC-SHA256 of the body in
/// hexadecimal digits, by <c>SAFETY_WEBHOOK_SECRET</c>. Any 2xx is an answer; the same alarm may come twice.
/// </remarks>
internal sealed class RiskAlarmSender : IDisposable
{
    /// <summary>Tries after the first, 1, 2, 4, 8 and 16 s after the one before.</summary>
    private const int MostRetries = 5;

    /// <summary>One try, until the answer's headers: what a receiver says beyond its status is of no interest.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly RiskWebhookOptions _options;
    private readonly ResiliencePipeline _tries;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        // The hub's traces are nobody's business but the operator's collector's.
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public RiskAlarmSender(RiskWebhookOptions options, TimeProvider time)
    {
        _options = options;
        _tries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = MostRetries,
                Delay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                // A try that took too long is no OperationCanceledException: Polly has an exception of its own for it.
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<TimeoutRejectedException>(),
            })
            .AddTimeout(Patience)
            .Build();
    }

    /// <summary>Why the last try failed, in a word or two that hold nothing of the alarm or of the answer.</summary>
    public static string ReasonOf(Exception e) => e switch
    {
        HttpRequestException { StatusCode: { } status } => string.Create(CultureInfo.InvariantCulture, $"it answered {(int)status}"),
        HttpRequestException { HttpRequestError: var error } => error.ToString(),
        TimeoutRejectedException => string.Create(CultureInfo.InvariantCulture, $"no answer within {Patience.TotalSeconds} s"),
        _ => e.GetType().Name,
    };

    /// <summary>Returns when the alarm was received, throws when all tries are used up or <paramref name="cancellation"/> ends them.</summary>
    public async Task SendAsync(RiskAlarm alarm, CancellationToken cancellation) =>
        await _tries.ExecuteAsync(async (told, token) => await TryAsync(told, token), alarm, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task TryAsync(RiskAlarm alarm, CancellationToken cancellation)
    {
        var body = alarm.ToBody();
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(_options.Secret), body);
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-BeMore-Signature", $"sha256={Convert.ToHexStringLower(signature)}");
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
    }
}
