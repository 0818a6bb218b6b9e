using System.Net;
using System.Net.WebSockets;

namespace BeMore.Tests;

/// <summary>Two hubs as processes of their own, of which one is killed or stands still.</summary>
public sealed class ClusterProcessTests : IAsyncLifetime
{
    private readonly List<HubProcess> _processes = [];
    private FakeGemini _gemini = null!;
    private RedisServer _redis = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        (_gemini, _redis, _database) = (await FakeGemini.StartAsync(), await RedisServer.StartAsync(), await TestHub.CreateDatabaseAsync());
        _gemini.Always(Talk.Answer);
        _processes.AddRange([Start(), Start()]);
        foreach (var process in _processes)
        {
            await process.WaitForLineAsync(TwoHubs.SaysThatRedisIsThere, TimeSpan.FromSeconds(30));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _gemini.DisposeAsync();
        await _redis.DisposeAsync();
        await (await PostgresCluster.Shared).DropDatabaseAsync(_database);
    }

    [Fact]
    public async Task TheSessionsOfAKilledNodeGoOnAtTheOtherWithTheirHistory()
    {
        await using var nginx = await NginxServer.StartAsync(await _processes[0].WaitForListeningAsync(), await _processes[1].WaitForListeningAsync());
        var clients = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => nginx.ConnectAsync($"s{i}")));
        await Task.WhenAll(clients.Select((client, i) => client.AnswerAsync($"{i}의 첫마디")));

        await KillAsync(_processes[0]);

        var lost = 0;
        for (var i = 0; i < clients.Length; i++)
        {
            var isLost = await IsLostAsync(clients[i]);
            lost += isLost ? 1 : 0;
            await using var client = isLost ? await nginx.ConnectAsync($"s{i}") : clients[i];
            await client.AnswerAsync("둘째 말");
            _gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal($"{i}의 첫마디", Talk.AnswerTo($"{i}의 첫마디"), "둘째 말");
            await clients[i].DisposeAsync();
        }

        lost.Should().BeInRange(1, clients.Length - 1);
    }

    [Fact]
    public async Task AKilledNodeIsNoPartyToAQuarrel()
    {
        await using var older = await ConnectAsync(_processes[0]);
        await KillAsync(_processes[0]);
        var clients = new List<RawSocketClient> { await ConnectAsync(_processes[1]) };

        for (var change = 0; change < 3; change++)
        {
            clients.Add(await ConnectAsync(_processes[1]));
        }

        (await HandshakeProbe.AskAsync(new Uri(await _processes[1].WaitForListeningAsync(), "ws/session/s"))).Status.Should().Be(HttpStatusCode.Conflict);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhoHearsAnAnswerOfANodeThatIsKilledIsToldThatItEnds()
    {
        _gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        await using (var lost = await ConnectAsync(_processes[0]))
        {
            await lost.RequestAsync("음");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await ConnectAsync(_processes[1]);
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("둘");

        await KillAsync(_processes[0]);

        (await client.ReadTurnAsync())[^1].Code.Should().Be("AI_UNAVAILABLE");
        (await client.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("둘"));
    }

    [Fact]
    public async Task ANodeThatStandsStillHoldsNobodyUpAndFindsItsSessionsGone()
    {
        await using var older = await ConnectAsync(_processes[0]);
        await older.AnswerAsync("하나");
        await _processes[0].SignalAsync("STOP");

        await using var newer = await ConnectAsync(_processes[1]);
        await newer.AnswerAsync("둘");
        await _processes[0].SignalAsync("CONT");

        (await older.Closed.WaitAsync(TimeSpan.FromSeconds(60))).Status.Should().Be((WebSocketCloseStatus)4409);
        await newer.AnswerAsync("셋");
    }

    /// <summary>Whoever was at the other node is still there.</summary>
    private static async Task<bool> IsLostAsync(RawSocketClient client)
    {
        try
        {
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            return false;
        }
        catch (Exception over) when (over is WebSocketException or InvalidOperationException)
        {
            return true;
        }
    }

    private static async Task KillAsync(HubProcess process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static async Task<RawSocketClient> ConnectAsync(HubProcess process) =>
        await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{(await process.WaitForListeningAsync()).Port}/ws/session/s"));

    private HubProcess Start() => HubProcess.Start(new Dictionary<string, string?>
    {
        ["PORT"] = "0",
        ["REDIS_URL"] = _redis.Url,
        ["DATABASE_URL"] = _database,
        ["GEMINI_API_KEY"] = "key",
        ["GEMINI_BASE_URL"] = _gemini.BaseUrl,
        ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
        ["UNKNOWN_SESSIONS"] = "create",
        ["STREAM_CHUNK_INTERVAL_MS"] = "0",
        ["MAX_AI_REQUESTS_PER_MINUTE"] = "100",
    });
}
