using BeMore.Access;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>The rate limit holds on all nodes together: as protocol.md, section 1.2, says of one.</summary>
public sealed class ClusterLimitTests : IAsyncLifetime
{
    private TwoHubs _hubs = null!;

    public async Task InitializeAsync() => _hubs = await TwoHubs.StartAsync(new()
    {
        ["MAX_AI_REQUESTS_PER_MINUTE"] = "3",
        ["JWT_SECRET_KEY"] = TestToken.Secret,
    });

    public async Task DisposeAsync() => await _hubs.DisposeAsync();

    [Fact]
    public async Task ASessionThatGoesFromNodeToNodeHasTheRoomOfOne()
    {
        (await AskAsync(_hubs.A)).Should().Be(Frame.Complete);
        (await AskAsync(_hubs.B)).Should().Be(Frame.Complete);
        (await AskAsync(_hubs.A)).Should().Be(Frame.Complete);

        (await AskAsync(_hubs.B)).Should().Be("RATE_LIMITED");
        (await AskAsync(_hubs.A)).Should().Be("RATE_LIMITED");
        (await AskAsync(_hubs.B, session: "other")).Should().Be(Frame.Complete);
        _hubs.Gemini.Requests.Should().HaveCount(4);
    }

    [Fact]
    public async Task AUserHasTheRoomOfOneInAllSessionsAtAllNodes()
    {
        await AskAsync(_hubs.A, session: "a", token: TestToken.Owner);
        await AskAsync(_hubs.B, session: "b", token: TestToken.Owner);
        await AskAsync(_hubs.B, session: "c", token: TestToken.Owner);

        (await AskAsync(_hubs.A, session: "d", token: TestToken.Owner)).Should().Be("RATE_LIMITED");
        (await AskAsync(_hubs.A, session: "e", token: TestToken.Other)).Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task TheWindowSlides()
    {
        await AskAsync(_hubs.A);
        await AskAsync(_hubs.A);
        await AgeAsync(TimeSpan.FromSeconds(30));
        await AskAsync(_hubs.A);
        (await AskAsync(_hubs.B)).Should().Be("RATE_LIMITED");

        await AgeAsync(TimeSpan.FromSeconds(30));

        (await AskAsync(_hubs.B)).Should().Be(Frame.Complete);
        (await AskAsync(_hubs.B)).Should().Be(Frame.Complete);
        (await AskAsync(_hubs.B)).Should().Be("RATE_LIMITED", "the third is not a minute old");
    }

    [Fact]
    public async Task RefusedRequestsDoNotCount()
    {
        for (var i = 0; i < 5; i++)
        {
            (await AskAsync(_hubs.A, "", token: TestToken.Owner)).Should().Be("EMPTY_MESSAGE");
        }

        await AskAsync(_hubs.A, token: TestToken.Owner);
        await _hubs.A.CallAsync("POST", "session/s/pause", TestToken.Owner);
        for (var i = 0; i < 5; i++)
        {
            (await AskAsync(_hubs.B, token: TestToken.Owner)).Should().Be("SESSION_PAUSED");
        }

        await _hubs.A.CallAsync("POST", "session/s/resume", TestToken.Owner);
        (await AskAsync(_hubs.B, token: TestToken.Owner)).Should().Be(Frame.Complete);
        (await AskAsync(_hubs.A, token: TestToken.Owner)).Should().Be(Frame.Complete);
        for (var i = 0; i < 5; i++)
        {
            (await AskAsync(_hubs.B, token: TestToken.Owner)).Should().Be("RATE_LIMITED");
        }

        (await _hubs.Redis.AskAsync(db => db.ListLengthAsync("bemore:0:turns: owner"))).Should().Be(3);
    }

    [Fact]
    public async Task OfManyAtOnceAsManyAsThereIsRoomForAreLetThrough()
    {
        var limits = new[] { _hubs.A, _hubs.B }.Select(hub => hub.Services.GetRequiredService<ITurnLimit>()).ToArray();

        var granted = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => limits[i % 2].TryTakeAsync("s", "u").AsTask()));

        granted.Count(g => g).Should().Be(3);
    }

    [Fact]
    public async Task AConnectionAndATurnCostOneQuestionToRedisEach()
    {
        await using var hubs = await TwoHubs.StartAsync();
        await AskAsync(hubs.A, session: "before");
        await hubs.Redis.AskAsync(async db => await db.ExecuteAsync("CONFIG", "RESETSTAT"));

        await using var client = await hubs.A.ConnectAsync("s");
        for (var turn = 0; turn < 10; turn++)
        {
            await client.AnswerAsync($"{turn}");
        }

        var calls = await hubs.Redis.CallsAsync();
        // Each script of the hub's is known by what it alone does: a probe sets, a turn pushes, a seat is hashed when it is taken, and now and then.
        (calls.GetValueOrDefault("rpush"), calls.GetValueOrDefault("hdel")).Should().Be((10, 1));
        (calls.GetValueOrDefault("eval") + calls.GetValueOrDefault("evalsha"))
            .Should().Be(calls.GetValueOrDefault("set") + calls.GetValueOrDefault("rpush") + calls.GetValueOrDefault("hset"));
        calls.Keys.Should().NotContain("publish");
        calls["subscribe"].Should().Be(1, "SignalR's backplane listens for the connection");
    }

    /// <summary>All turns that Redis knows of were so much earlier.</summary>
    private async Task AgeAsync(TimeSpan by) => await _hubs.Redis.AskAsync(db => db.ScriptEvaluateAsync(
        "for i, at in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do redis.call('LSET', KEYS[1], i - 1, string.format('%.0f', at - ARGV[1])) end",
        ["bemore:0:turns:s"],
        [(long)by.TotalMicroseconds]));

    /// <summary>How the request ended: its code, or the type of its last frame.</summary>
    private static async Task<string> AskAsync(BeMoreApplication hub, string message = "안녕하세요", string session = "s", TestToken? token = null)
    {
        await using var client = await hub.ConnectAsync(session, token is null ? null : o => o.SetRequestHeader("Authorization", $"Bearer {token}"));
        await client.RequestAsync(message);
        var last = (await client.ReadTurnAsync())[^1];
        await client.PingAsync();
        await client.NextAsync();
        await client.CloseAsync();
        return last.Code ?? last.Type;
    }
}
