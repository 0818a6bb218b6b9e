using System.Globalization;

namespace BeMore.Tests;

/// <summary>Two hubs as processes of their own that are one service: one Redis, one database, one fake Gemini. Each is reached by its own port.</summary>
public sealed class TwoHubProcesses : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private string _database = "";

    /// <summary>A session's room on both together.</summary>
    public int TurnsPerMinute { get; init; } = 3;

    public HubProcess A { get; private set; } = null!;

    public HubProcess B { get; private set; } = null!;

    public FakeGemini Gemini { get; private set; } = null!;

    /// <summary>What a hub is started with that belongs to them.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        (Gemini, _redis, _database) = (await FakeGemini.StartAsync(), await RedisServer.StartAsync(), await TestHub.CreateDatabaseAsync());
        Gemini.Always(Talk.Answer);
        Settings = new Dictionary<string, string?>
        {
            ["PORT"] = "0",
            ["REDIS_URL"] = _redis.Url,
            ["DATABASE_URL"] = _database,
            ["GEMINI_API_KEY"] = "key",
            ["GEMINI_BASE_URL"] = Gemini.BaseUrl,
            // Gemini's own deadline is not what ends a stream here.
            ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
            ["UNKNOWN_SESSIONS"] = "create",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            ["MAX_AI_REQUESTS_PER_MINUTE"] = TurnsPerMinute.ToString(CultureInfo.InvariantCulture),
        };
        (A, B) = (HubProcess.Start(Settings), HubProcess.Start(Settings));
        foreach (var process in (HubProcess[])[A, B])
        {
            await process.WaitForLineAsync(TwoHubs.SaysThatRedisIsThere, TimeSpan.FromSeconds(30));
        }
    }

    public async Task<NginxServer> BehindNginxAsync() => await NginxServer.StartAsync(await A.WaitForListeningAsync(), await B.WaitForListeningAsync());

    public async Task<IReadOnlyList<KeptRow>> RowsAsync() => await KeptRow.ReadAsync(await PostgresCluster.Shared, _database);

    public async Task DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
        await Gemini.DisposeAsync();
        await _redis.DisposeAsync();
        await (await PostgresCluster.Shared).DropDatabaseAsync(_database);
    }
}
