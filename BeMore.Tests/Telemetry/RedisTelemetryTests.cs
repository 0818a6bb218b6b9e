namespace BeMore.Tests;

/// <summary>What is asked of Redis is measured and traced as the database's questions are, and it is seen when it is away.</summary>
public sealed class RedisTelemetryTests
{
    private const string Asked = "db_client_operation_duration_seconds_count";
    private const string Away = "bemore_redis_away";

    [Fact]
    public async Task EachQuestionIsTimedUnderItsName()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var other = await StartAsync(redis);
        await using var hub = await StartAsync(redis);
        var gate = new TaskCompletionSource();
        other.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using (var lost = await other.ConnectAsync("s"))
        {
            await lost.RequestAsync("음");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await hub.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        gate.SetResult();
        await client.ReadTurnAsync();
        await client.TurnAsync("그리고");
        await client.TurnAsync("또");

        var scrape = await hub.ScrapeAsync(s => Count(s, "take_turn") == 2 && Count(s, "probe") > 0);
        Count(scrape, "take_seat").Should().Be(1);
        Count(scrape, "ask_node").Should().BeGreaterThanOrEqualTo(2, "who had the session, and at least once what is said there");
        // Whether it is there a machine that is very busy finds at the second look.
        scrape.Numbers.Where(n => n.Name == Asked && n.Labels["db_system_name"] == "redis" && n.Labels["db_operation_name"] != "probe")
            .Should().NotContain(n => n.Labels.ContainsKey("error_type"));
        scrape.Sum(Asked, ("db_system_name", "postgresql"), ("db_operation_name", "ask_turn")).Should().Be(2);
        scrape.Sum("db_client_operation_duration_seconds_sum", ("db_operation_name", "take_turn")).Should().BePositive();
        scrape.Sum(Away).Should().Be(0);
    }

    [Fact]
    public async Task ARedisThatWentAwayIsSeenUntilItIsBack()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await StartAsync(redis);
        await using var client = await hub.ConnectAsync("s");

        await redis.StopAsync();
        await hub.ScrapeAsync(s => s.Sum(Away) == 1 && Count(s, "probe", "StackExchange.Redis.RedisConnectionException") > 0);
        await client.TurnAsync("하나");
        await redis.StartAgainAsync();

        var back = await hub.ScrapeAsync(s => s.Sum(Away) == 0 && Count(s, "keep_seat") > 0);
        Count(back, "take_turn").Should().Be(0, "who is known to be away is not asked");
        back.Sum("bemore_turns_ended_total", ("outcome", "COMPLETE")).Should().Be(1);
    }

    [Fact]
    public async Task ARedisThatIsSilentIsSeenAsOneThatTimedOut()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await StartAsync(redis);
        await using var client = await hub.ConnectAsync("s");

        await redis.FreezeAsync();
        (await client.TurnAsync("하나"))[^1].Type.Should().Be(Frame.Complete);

        var scrape = await hub.ScrapeAsync(s => s.Sum(Away) == 1);
        scrape.Sum(Asked, ("db_system_name", "redis"), ("error_type", "System.TimeoutException")).Should().BePositive();
        await redis.ThawAsync();
    }

    [Fact]
    public async Task WithoutRedisThereIsNothingToSeeOfIt()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0" });
        await using var client = await hub.ConnectAsync("s");
        await client.TurnAsync("하나");

        var scrape = await hub.ScrapeAsync(s => s.Sum("bemore_turns_ended_total") == 1);

        scrape.Text.Should().NotContain("redis", "whoever watches for it must not believe that it is there");
    }

    [Fact]
    public async Task WhatATurnAsksOfRedisIsInItsTrace()
    {
        await using var collector = await FakeCollector.StartAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await ObservedHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, collector);
        await hub.JoinedAsync();
        await using (var client = await hub.ConnectAsync("s"))
        {
            await client.TurnAsync("안녕하세요");
            await client.CloseAsync();
        }

        var turn = await collector.SpanAsync(s => s.Name == "turn");
        var limit = await collector.SpanAsync(s => s.Name == "take_turn");
        limit.Should().Match<SentSpan>(s => s.TraceId == turn.TraceId && s.ParentId == turn.SpanId && s.Kind == 3 && s.Status == 0);
        limit.Attributes.Should().Equal(new Dictionary<string, string> { ["db.system.name"] = "redis", ["db.operation.name"] = "take_turn" });
        var socket = await collector.SpanAsync(s => s.Name == "GET /ws/session/{sessionId}");
        (await collector.SpanAsync(s => s.Name == "take_seat")).ParentId.Should().Be(socket.SpanId);
        await hub.StopAsync();
        collector.Spans.Should().NotContain(s => s.Name == "probe", "nobody waits for it");
    }

    private static async Task<ObservedHub> StartAsync(RedisServer redis)
    {
        var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0", ["REDIS_URL"] = redis.Url });
        await hub.JoinedAsync();
        return hub;
    }

    /// <param name="error">Null: with or without one.</param>
    private static double Count(Scrape scrape, string operation, string? error = null) => error is null
        ? scrape.Sum(Asked, ("db_system_name", "redis"), ("db_operation_name", operation))
        : scrape.Sum(Asked, ("db_system_name", "redis"), ("db_operation_name", operation), ("error_type", error));
}
