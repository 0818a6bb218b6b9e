using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Polly;
using Polly.Retry;

namespace BeMore.Safety;

/// <summary>
/// Tells the operator's own service of a session in immediate danger: its id, the level, and when; never a word of what was said.
/// Signed, tried several times, and never in the way of the answer.
/// </summary>
/// <remarks>
/// <c>POST</c> of <c>{"sessionId","level","timestamp"}</c> with <c>X-BeMore-Signature: sha256=</c> and the HMAC-SHA256 of the body in
/// hexadecimal digits, by <c>SAFETY_WEBHOOK_SECRET</c>. Any 2xx is an answer; the same alarm may come twice.
/// </remarks>
internal sealed class RiskWebhook : BackgroundService
{
    /// <summary>Alarms that wait while the other side is away; the oldest give way.</summary>
    private const int MostWaiting = 1000;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly RiskWebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    private readonly ResiliencePipeline _tries;
    private readonly Channel<Alarm> _alarms = Channel.CreateBounded<Alarm>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    public RiskWebhook(RiskWebhookOptions options, TimeProvider time, ILogger<RiskWebhook> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _tries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 5,
                Delay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>().Handle<OperationCanceledException>(),
            })
            .AddTimeout(Timeout)
            .Build();
    }

    public void Tell(string sessionId, RiskLevel level)
    {
        if (_options.Url is not null)
        {
            _alarms.Writer.TryWrite(new Alarm(sessionId, level, _time.GetUtcNow().ToUnixTimeMilliseconds()));
        }
    }

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var alarm in _alarms.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await _tries.ExecuteAsync(async cancellation => await SendAsync(alarm, cancellation), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                _logger.WebhookFailed(alarm.SessionId, e.GetType().Name);
            }
        }
    }

    private async Task SendAsync(Alarm alarm, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(alarm.ToWire());
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(_options.Secret), body);
        using var request = new HttpRequestMessage(HttpMethod.Post, _options.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("X-BeMore-Signature", string.Create(CultureInfo.InvariantCulture, $"sha256={Convert.ToHexStringLower(signature)}"));
        using var answer = await _http.SendAsync(request, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private sealed record Alarm(string SessionId, RiskLevel Level, long Timestamp)
    {
        public object ToWire() => new { sessionId = SessionId, level = LabelledPhrase.Name(Level), timestamp = Timestamp };
    }
}
