using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>
/// Help waits for nobody who has fallen silent in the middle of something. The clock stands in these tests: who waits for its patience to
/// end waits for ever, and what is told all the same did not wait.
/// </summary>
[Collection(nameof(FragileCluster))]
public sealed class HelpFirstTests(FragileCluster cluster) : IAsyncLifetime
{
    private const string Danger = "요즘 계속 죽고 싶다는 생각만 들어요";
    private const string First = "천천히 이야기해 볼까요. ";

    /// <summary>Two waits of the same length: then the journal is taken, then the turn ends as it is.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly ObservedTime _time = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task InitializeAsync() => cluster.ComeBackAsync();

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await cluster.ComeBackAsync();
    }

    [Fact]
    public async Task ADatabaseThatFellSilentInMidAnswerIsNotWaitedForAndWhatWasSaidIsKept()
    {
        await using var hub = await OutageHub.StartAsync(cluster, time: _time);
        hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says("끝."));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("그리고요");
        await cluster.FreezeAsync();

        await client.RequestAsync(Danger);
        await AdvanceAsync(1);

        (await client.ReadTurnAsync()).Types().Should().Equal(Frame.Complete);
        (await client.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, "…", Frame.Complete);
        (await client.NextAsync()).Type.Should().Be(Frame.Begin);
        (await client.NextAsync()).Chunk.Should().Contain("109");
        string.Concat(await JournalFolder.LinesAsync(hub.Journal)).Should().Contain(First.Trim(), "complete means kept").And.Contain("그리고요");
        await cluster.ComeBackAsync();
        var rest = await client.ReadTurnAsync();

        rest[^1].Type.Should().Be(Frame.Complete);
        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().BeEquivalentTo([("음", "interrupted"), ("그리고요", "interrupted"), (Danger, "answered")]);
        (await hub.RowsAsync())[0].AiResponse.Should().Be(First);
        hub.App.Logs.Named("DatabaseWentAway").Should().BeEmpty("it came back before anybody's patience was over");
    }

    [Fact]
    public async Task WhatCannotBeKeptInTimeDoesNotSayThatItIsAndIsKeptBehind()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, _time);
        await TwoHubs.JoinedAsync(hub.App);
        await using var client = await hub.ConnectAsync();
        await redis.FreezeAsync();
        await client.RequestAsync("음");
        await client.RequestAsync("그리고요");

        await client.RequestAsync(Danger);
        await AdvanceAsync(2);

        (await client.ReadTurnAsync()).Select(f => f.Code).Should().Equal("AI_UNAVAILABLE");
        (await client.ReadTurnAsync()).Select(f => f.Code).Should().Equal("AI_UNAVAILABLE");
        (await client.NextAsync()).Type.Should().Be(Frame.Begin);
        (await client.NextAsync()).Chunk.Should().Contain("109");
        await redis.ThawAsync();
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await hub.App.StopAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().BeEquivalentTo([("음", "failed"), ("그리고요", "failed"), (Danger, "answered")]);
        hub.Gemini.Requests.Should().ContainSingle("nobody would have heard the other answers");
    }

    [Fact]
    public async Task AnInheritedAnswerOfANodeThatStandsStillIsNotWaitedFor()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, _time);
        await using var other = await StartOtherAsync(hub, redis);
        await BeginAtAsync(other, hub);
        await using var client = await hub.ConnectAsync();
        await client.ReadUntilAsync(f => f.Chunk == First);
        await other.SignalAsync("STOP");

        await client.RequestAsync(Danger);
        await AdvanceAsync(2);

        (await client.ReadTurnAsync()).Select(f => f.Code).Should().Equal("AI_UNAVAILABLE");
        (await client.NextAsync()).Type.Should().Be(Frame.Begin);
        (await client.NextAsync()).Chunk.Should().Contain("109");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await other.SignalAsync("CONT");
        // The question that it slept over is answered, and then nobody waits for it.
        await hub.App.StopAsync();
        (await hub.RowsAsync()).Where(r => r.UserMessage == Danger).Should().ContainSingle().Which.Outcome.Should().Be("answered");
    }

    [Fact]
    public async Task OnAFirstCallADatabaseThatIsSilentIsNotWaitedFor()
    {
        await using var hub = await OutageHub.StartAsync(cluster, time: _time);
        await using var connection = await hub.App.SignalRAsync();
        await cluster.FreezeAsync();

        var frames = await ReadHelpAsync(connection, cluster.ComeBackAsync);

        (await hub.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(frames.Text());
    }

    [Fact]
    public async Task NorARedis()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, _time);
        await TwoHubs.JoinedAsync(hub.App);
        await using var connection = await hub.SignalRAsync();
        await redis.FreezeAsync();

        var frames = await ReadHelpAsync(connection, () =>
        {
            // Its client has a clock of its own.
            hub.App.Logs.Named("RedisWentAway").Should().BeEmpty("nobody's patience is over");
            return redis.ThawAsync();
        });

        (await hub.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(frames.Text());
    }

    [Fact]
    public async Task NorANodeThatHasTheSession()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, _time);
        await using var other = await StartOtherAsync(hub, redis);
        await BeginAtAsync(other, hub);
        await using var connection = await hub.SignalRAsync();
        await other.SignalAsync("STOP");

        var frames = await ReadHelpAsync(connection, async () =>
        {
            await other.SignalAsync("CONT");
            // What it was saying is cut off, and told to nobody here.
            await hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnsInherited");
        });

        (await hub.RowsAsync()).Single(r => r.UserMessage == Danger).AiResponse.Should().Be(frames.Text());
    }

    [Fact]
    public async Task WhoLeavesBeforeTheEntranceIsOpenHoldsNobodyUp()
    {
        await using var hub = await OutageHub.StartAsync(cluster, time: _time);
        await using var connection = await hub.App.SignalRAsync();
        await cluster.FreezeAsync();
        using (var left = new CancellationTokenSource())
        {
            await using var stream = connection.RequestAsync("s", new { message = Danger }, left.Token).GetAsyncEnumerator();
            await stream.ReadToTheFirstChunkAsync();
            await left.CancelAsync();
        }

        await cluster.ComeBackAsync();

        (await connection.RequestAsync("s", new { message = "둘" }).ReadAsync()).Text().Should().Be(Talk.AnswerTo("둘"));
    }

    /// <summary>Help comes while whoever is silent is silent; then the rest.</summary>
    private static async Task<IReadOnlyList<Frame>> ReadHelpAsync(HubConnection connection, Func<Task> heal)
    {
        await using var stream = connection.RequestAsync("s", new { message = Danger }).GetAsyncEnumerator();
        var frames = new List<Frame> { await stream.NextAsync(), await stream.NextAsync() };
        frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType);
        frames[1].Chunk.Should().Contain("109");
        await heal();
        while (!frames[^1].EndsATurn)
        {
            frames.Add(await stream.NextAsync());
        }

        frames[^1].Type.Should().Be(Frame.Complete);
        frames.Count(f => f.Type == Frame.Begin).Should().Be(1);
        frames.Count(f => f.Chunk == frames[1].Chunk).Should().Be(1, "it is told once");
        return frames;
    }

    /// <summary>Another node of the same service, which can stand still.</summary>
    private static async Task<HubProcess> StartOtherAsync(TestHub hub, RedisServer redis)
    {
        var other = HubProcess.Start(new Dictionary<string, string?>
        {
            ["PORT"] = "0",
            ["REDIS_URL"] = redis.Url,
            ["DATABASE_URL"] = hub.DatabaseUrl,
            ["GEMINI_API_KEY"] = "key",
            ["GEMINI_BASE_URL"] = hub.Gemini.BaseUrl,
            ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
            ["UNKNOWN_SESSIONS"] = "create",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
        });
        await other.WaitForLineAsync(TwoHubs.SaysThatRedisIsThere, TimeSpan.FromSeconds(30));
        await TwoHubs.JoinedAsync(hub.App);
        return other;
    }

    /// <summary>An answer begins there and is lost by its client.</summary>
    private async Task BeginAtAsync(HubProcess other, TestHub hub)
    {
        hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says("끝."));
        await using var lost = await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{(await other.WaitForListeningAsync()).Port}/ws/session/s"));
        await lost.RequestAsync("음");
        await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        lost.Abort();
    }

    private async Task AdvanceAsync(int steps)
    {
        for (var step = 1; step <= steps; step++)
        {
            await _time.WaitBeganAsync(Step, step);
            _time.Advance(Step);
        }
    }
}
