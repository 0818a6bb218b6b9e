using System.Text.Json;

namespace BeMore.Tests;

/// <summary>Two hubs that are one service: one Redis, one database, one fake Gemini, and nothing before them.</summary>
internal sealed class TwoHubs : IAsyncDisposable
{
    private readonly string _database;

    private TwoHubs(string database, FakeGemini gemini, RedisServer redis) => (_database, Gemini, Redis) = (database, gemini, redis);

    public FakeGemini Gemini { get; }

    public RedisServer Redis { get; }

    public BeMoreApplication A { get; private set; } = null!;

    public BeMoreApplication B { get; private set; } = null!;

    /// <param name="settings">Over those of a test.</param>
    /// <param name="redis">Null: one that is there. The hubs' own to end.</param>
    /// <param name="timeOfB">Of the second, in place of its machine's clock.</param>
    public static async Task<TwoHubs> StartAsync(Dictionary<string, string?>? settings = null, RedisServer? redis = null, TimeProvider? timeOfB = null)
    {
        var hubs = new TwoHubs(await TestHub.CreateDatabaseAsync(), await FakeGemini.StartAsync(), redis ?? await RedisServer.StartAsync());
        hubs.Gemini.Always(Talk.Answer);
        var all = new Dictionary<string, string?>
        {
            ["REDIS_URL"] = hubs.Redis.Url,
            ["DATABASE_URL"] = hubs._database,
            ["GEMINI_BASE_URL"] = hubs.Gemini.BaseUrl,
            ["GEMINI_API_KEY"] = "test-key",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            // Gemini's own deadline is not what ends a stream here.
            ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        hubs.A = await BeMoreApplication.StartAsync(settings: all);
        hubs.B = await BeMoreApplication.StartAsync(settings: all, time: timeOfB);
        if (redis is null)
        {
            await JoinedAsync(hubs.A);
            await JoinedAsync(hubs.B);
        }

        return hubs;
    }

    /// <summary>A machine that is very busy finds Redis at the second look.</summary>
    public static Task<LogEntry> JoinedAsync(BeMoreApplication hub) => hub.Logs.WaitForAsync(e => SaysThatRedisIsThere(e.Message), TimeSpan.FromSeconds(30));

    /// <param name="line">Of a hub's log.</param>
    public static bool SaysThatRedisIsThere(string line) =>
        line.Contains("Redis is there", StringComparison.Ordinal) || line.Contains("Redis is back", StringComparison.Ordinal);

    /// <summary>What <c>/health</c> says of Redis, and that it is fine otherwise.</summary>
    public static async Task<string> RedisInWordsAsync(BeMoreApplication hub)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(hub.Http, "health"));
        answer.IsSuccessStatusCode.Should().BeTrue();
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("redis").GetString()!;
    }

    public Task<IReadOnlyList<KeptRow>> RowsAsync() => RowsAsync(_database);

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Gemini.DisposeAsync();
        await Redis.DisposeAsync();
        await (await PostgresCluster.Shared).DropDatabaseAsync(_database);
    }

    private static async Task<IReadOnlyList<KeptRow>> RowsAsync(string database) => await KeptRow.ReadAsync(await PostgresCluster.Shared, database);
}
