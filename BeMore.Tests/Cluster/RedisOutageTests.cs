using System.Net.WebSockets;
using BeMore.Counselling;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>Redis is away: each node goes on by itself, says so, and is one of several again when it is back.</summary>
public sealed class RedisOutageTests
{
    private const WebSocketCloseStatus SupersededStatus = (WebSocketCloseStatus)4409;

    public enum Outage
    {
        Refuses,
        IsSilent,
    }

    [Theory]
    [InlineData(Outage.Refuses)]
    [InlineData(Outage.IsSilent)]
    public async Task TalksGoOnWhileItLastsAndNodesFindEachOtherAfterwards(Outage outage)
    {
        await using var hubs = await TwoHubs.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "6" });
        await using var older = await hubs.A.ConnectAsync("s");
        await older.AnswerAsync("하나");
        (await TwoHubs.RedisInWordsAsync(hubs.A)).Should().Contain("shared");

        await BeginAsync(hubs.Redis, outage);
        await older.AnswerAsync("둘");
        await AwayAsync(hubs.A);
        await AwayAsync(hubs.B);
        (await TwoHubs.RedisInWordsAsync(hubs.A)).Should().StartWith("away since").And.NotContain($"{hubs.Redis.Port}");
        await older.AnswerAsync("셋");
        await using var newer = await hubs.B.ConnectAsync("s");
        await newer.AnswerAsync("넷");
        await using (var connection = await hubs.B.SignalRAsync())
        {
            (await connection.RequestAsync("t", new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        older.Closed.IsCompleted.Should().BeFalse("nobody can tell it");
        await EndAsync(hubs.Redis, outage);

        await BackAsync(hubs.A);
        await BackAsync(hubs.B);
        (await older.Closed.WaitAsync(Pulse.Patience * 3)).Status.Should().Be(SupersededStatus, "the newer one has the session");
        await newer.AnswerAsync("다섯");
        await using var newest = await hubs.A.ConnectAsync("s");
        (await newer.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(SupersededStatus);
        (await TwoHubs.RedisInWordsAsync(hubs.B)).Should().Contain("shared");
        (await hubs.RowsAsync()).Where(r => r.SessionId == "s").Select(r => r.UserMessage).Should().Equal("하나", "둘", "셋", "넷", "다섯");
        foreach (var logs in (CapturedLogs[])[hubs.A.Logs, hubs.B.Logs])
        {
            logs.Named("RedisWentAway").Should().HaveCount(1, "it is said once");
            logs.Named("RedisIsBack").Should().HaveCount(1);
            logs.Entries.Where(e => e.Level >= LogLevel.Error).Should().OnlyContain(e => e.Event.Name == "RedisWentAway");
        }
    }

    [Fact]
    public async Task WhoCameMeanwhileToANodeWhoseClockIsLateIsTheNewerAllTheSame()
    {
        await using var hubs = await TwoHubs.StartAsync(timeOfB: new LateTime());
        await using var older = await hubs.A.ConnectAsync("s");
        await using (await hubs.B.ConnectAsync("t"))
        {
            // So that B has spoken to Redis of a seat.
        }

        await hubs.Redis.StopAsync();
        await AwayAsync(hubs.B);
        await using var newer = await hubs.B.ConnectAsync("s");
        await hubs.Redis.StartAgainAsync();

        (await (await Task.WhenAny(older.Closed, newer.Closed).WaitAsync(Pulse.Patience * 6))).Status.Should().Be(SupersededStatus);
        older.Closed.IsCompleted.Should().BeTrue("the newer one has the session");
        await newer.AnswerAsync("하나");
    }

    [Theory]
    [InlineData(Outage.Refuses)]
    [InlineData(Outage.IsSilent)]
    public async Task AtTheStartItHoldsNothingUp(Outage outage)
    {
        await using var redis = RedisServer.Prepare();
        if (outage == Outage.IsSilent)
        {
            await redis.StartAgainAsync();
            await redis.FreezeAsync();
        }

        await using var hubs = await TwoHubs.StartAsync(redis: redis);
        await using var older = await hubs.A.ConnectAsync("s");
        await older.AnswerAsync("하나");
        await using (var connection = await hubs.A.SignalRAsync())
        {
            (await connection.RequestAsync("t", new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        (await TwoHubs.RedisInWordsAsync(hubs.A)).Should().ContainAny("connecting", "away since");
        await AwayAsync(hubs.A);
        await AwayAsync(hubs.B);
        hubs.A.Logs.Entries.Where(e => e.Level >= LogLevel.Error).Should().ContainSingle("it is said once").Which.Event.Name.Should().Be("RedisWentAway");

        await EndAsync(redis, outage);
        await BackAsync(hubs.A);
        await BackAsync(hubs.B);

        await using var newest = await hubs.B.ConnectAsync("s");
        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(SupersededStatus);
    }

    [Theory]
    [InlineData(Outage.Refuses)]
    [InlineData(Outage.IsSilent)]
    public async Task EachNodeHasLimitsOfItsOwnMeanwhileWhichRememberWhatWasBefore(Outage outage)
    {
        await using var hubs = await TwoHubs.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "3" });
        await using var client = await hubs.A.ConnectAsync("s");
        await client.AnswerAsync("하나");
        await client.AnswerAsync("둘");
        await BeginAsync(hubs.Redis, outage);

        await client.AnswerAsync("셋");
        (await client.TurnAsync("넷"))[^1].Code.Should().Be("RATE_LIMITED");
        await using var other = await hubs.B.ConnectAsync("s");
        await other.AnswerAsync("다섯");
        await EndAsync(hubs.Redis, outage);
    }

    [Theory]
    [InlineData(Outage.Refuses)]
    [InlineData(Outage.IsSilent)]
    public async Task WhoCameMeanwhileIsReachedByOtherNodesAfterwards(Outage outage)
    {
        await using var hubs = await TwoHubs.StartAsync();
        await BeginAsync(hubs.Redis, outage);
        await AwayAsync(hubs.B);
        await using var client = await ReconnectingClient.StartAsync(hubs.B.Hub());
        await client.AskAsync();
        await EndAsync(hubs.Redis, outage);
        await BackAsync(hubs.A);
        await BackAsync(hubs.B);

        var push = hubs.A.Services.GetRequiredService<IHubContext<CounsellingHub>>().Clients.Client(client.Connection.ConnectionId!);
        using var clock = new CancellationTokenSource(Pulse.Patience);
        while (!client.Told.IsCompleted)
        {
            // The backplane's channels come back one after the other, and tell nobody.
            await push.SendAsync(Superseded.Method, new Superseded("s"), clock.Token);
            await Task.WhenAny(client.Told, Task.Delay(100, clock.Token));
        }
    }

    [Fact]
    public async Task AQuarrelAtOneNodeIsStillOne()
    {
        await using var hubs = await TwoHubs.StartAsync();
        await hubs.Redis.StopAsync();
        await AwayAsync(hubs.A);
        var clients = new List<RawSocketClient>();
        for (var change = 0; change <= 3; change++)
        {
            clients.Add(await hubs.A.ConnectAsync("s"));
        }

        (await HandshakeProbe.AskAsync(hubs.A.Socket("s"))).Status.Should().Be(System.Net.HttpStatusCode.Conflict);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(Outage.Refuses)]
    [InlineData(Outage.IsSilent)]
    public async Task WhoHearsAnAnswerOfAnotherNodeIsToldOfItsEndAllTheSame(Outage outage)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hubs = await TwoHubs.StartAsync();
        hubs.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").WaitsFor(gate.Task).Says("무엇이 가장 힘드신가요?"));
        await using (var lost = await hubs.A.ConnectAsync("s"))
        {
            await lost.RequestAsync("음");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await hubs.B.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("둘");

        await BeginAsync(hubs.Redis, outage);
        var end = (await client.ReadTurnAsync())[^1];
        gate.SetResult();

        end.Code.Should().Be("AI_UNAVAILABLE");
        (await client.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("둘"), "the talk goes on");
        await hubs.A.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        (await hubs.RowsAsync()).Single(r => r.UserMessage == "음").AiResponse.Should().Be("천천히 이야기해 볼까요. 무엇이 가장 힘드신가요?", "what was said there is kept");
        await EndAsync(hubs.Redis, outage);
    }

    [Fact]
    public async Task AShortSilenceIsNotNoticedByWhoHearsAnAnswerOfAnotherNode()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hubs = await TwoHubs.StartAsync();
        hubs.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").WaitsFor(gate.Task).Says("무엇이 가장 힘드신가요?"));
        await using (var lost = await hubs.A.ConnectAsync("s"))
        {
            await lost.RequestAsync("음");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await hubs.B.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await hubs.Redis.FreezeAsync();
        await AwayAsync(hubs.B);
        gate.SetResult();
        await hubs.Redis.ThawAsync();

        (await client.ReadTurnAsync()).Text().Should().Be("무엇이 가장 힘드신가요?");
    }

    [Fact]
    public async Task AWrongPasswordIsAnOutageThatNamesNoPassword()
    {
        await using var redis = await RedisServer.StartAsync("right password");
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url.Replace("right", "wrong", StringComparison.Ordinal) });
        await using var client = await hub.ConnectAsync();

        await client.RequestAsync("안녕하세요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await AwayAsync(hub.App);
        hub.App.Logs.AllText.Should().NotContain("wrong password").And.NotContain("wrong%20password");
    }

    [Fact]
    public async Task TheRightPasswordIsNamedNowhereEither()
    {
        await using var redis = await RedisServer.StartAsync("right password");
        await using var hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = redis.Url });

        await TwoHubs.JoinedAsync(hub.App);
        await redis.StopAsync();
        await AwayAsync(hub.App);

        hub.App.Logs.AllText.Should().NotContain("right password").And.NotContain("right%20password");
    }

    private static Task BeginAsync(RedisServer redis, Outage outage) => outage == Outage.Refuses ? redis.StopAsync() : redis.FreezeAsync();

    private static Task EndAsync(RedisServer redis, Outage outage) => outage == Outage.Refuses ? redis.StartAgainAsync() : redis.ThawAsync();

    private static Task<LogEntry> AwayAsync(BeMoreApplication hub) => hub.Logs.WaitForAsync(e => e.Event.Name == "RedisWentAway");

    private static Task<LogEntry> BackAsync(BeMoreApplication hub) => hub.Logs.WaitForAsync(e => e.Event.Name == "RedisIsBack", Pulse.Patience * 3);

    /// <summary>Goes as the machine's, an hour behind it.</summary>
    private sealed class LateTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - TimeSpan.FromHours(1);
    }
}
