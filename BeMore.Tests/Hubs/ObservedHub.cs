using System.Net.WebSockets;
using Npgsql;

namespace BeMore.Tests;

/// <summary>
/// The hub as a process of its own, with somebody who watches its numbers: what is measured is measured by the process, and other tests'
/// hubs run in this one.
/// </summary>
internal sealed class ObservedHub : IAsyncDisposable
{
    private readonly string _database;
    private readonly Uri? _metrics;
    private readonly HttpClient _client = new();

    private ObservedHub(FakeGemini gemini, string database, HubProcess process, Uri http, Uri? metrics)
    {
        (Gemini, _database, Process, Http, _metrics) = (gemini, database, process, http, metrics);
        // As Prometheus asks. In this format the bounds of buckets are written otherwise than in the other one: 2.0, not 2.
        _client.DefaultRequestHeaders.Accept.ParseAdd("application/openmetrics-text;version=1.0.0");
    }

    public FakeGemini Gemini { get; }

    public HubProcess Process { get; }

    /// <summary>The door that everybody reaches; ends with a slash.</summary>
    public Uri Http { get; }

    /// <summary>The door of METRICS_PORT; ends with a slash.</summary>
    public Uri Metrics => _metrics ?? throw new InvalidOperationException("This hub has no METRICS_PORT.");

    /// <param name="settings">Over those of a test.</param>
    /// <param name="collector">Where metrics and traces are sent, at short intervals; null: nowhere.</param>
    public static async Task<ObservedHub> StartAsync(Dictionary<string, string?>? settings = null, FakeCollector? collector = null)
    {
        var gemini = await FakeGemini.StartAsync();
        var database = await TestHub.CreateDatabaseAsync();
        var all = new Dictionary<string, string?>
        {
            ["PORT"] = "0",
            ["DATABASE_URL"] = database,
            ["GEMINI_API_KEY"] = "key",
            ["GEMINI_BASE_URL"] = gemini.BaseUrl,
            ["UNKNOWN_SESSIONS"] = "create",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000",
        };
        if (collector is not null)
        {
            all["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.HttpUrl;
            all["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            all["OTEL_METRIC_EXPORT_INTERVAL"] = "200";
            all["OTEL_BSP_SCHEDULE_DELAY"] = "100";
        }

        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        var process = HubProcess.Start(all);
        var http = await process.WaitForListeningAsync();
        var metrics = all.GetValueOrDefault("METRICS_PORT") is null ? null : await process.WaitForListeningAsync(address: 1);
        return new ObservedHub(gemini, database, process, http, metrics);
    }

    /// <summary>It has found Redis: a machine that is very busy does so at the second look.</summary>
    public Task JoinedAsync() => Process.WaitForLineAsync(TwoHubs.SaysThatRedisIsThere, TimeSpan.FromSeconds(30));

    /// <param name="query">Behind the session's id.</param>
    public Task<RawSocketClient> ConnectAsync(string sessionId, string query = "", Action<ClientWebSocketOptions>? options = null) =>
        RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{Http.Port}/ws/session/{sessionId}{query}"), options);

    /// <summary>As Prometheus does, again and again until the numbers are what the test waits for: a scrape may be as old as the one before it.</summary>
    public async Task<Scrape> ScrapeAsync(Func<Scrape, bool> wanted)
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        while (true)
        {
            var scrape = new Scrape(await _client.GetStringAsync(new Uri(Metrics, "metrics"), CancellationToken.None));
            if (wanted(scrape))
            {
                return scrape;
            }

            clock.IsCancellationRequested.Should().BeFalse("the numbers are to come; there were\n{0}", scrape.Text);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await (await PostgresCluster.Shared).OpenAsync(_database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<int> StatusOfAsync(Uri door, string path, HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(door, path));
        using var answer = await _client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    /// <summary>In an orderly way, as SIGTERM ends it.</summary>
    public async Task StopAsync()
    {
        await Process.SignalAsync();
        await Process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Process.DisposeAsync();
        await Gemini.DisposeAsync();
        await (await PostgresCluster.Shared).DropDatabaseAsync(_database);
    }
}
