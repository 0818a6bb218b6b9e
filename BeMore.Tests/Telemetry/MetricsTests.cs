namespace BeMore.Tests;

/// <summary>What Prometheus finds at <c>/metrics</c> after turns that went in every way.</summary>
public sealed class MetricsTests
{
    private const string Ended = "bemore_turns_ended_total";
    private const string Asked = "gen_ai_client_operation_duration_seconds_count";

    [Fact]
    public async Task TurnsAreCountedByHowTheyEnded()
    {
        await using var hub = await StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "5" });
        await using var client = await hub.ConnectAsync("s");

        await client.TurnAsync("잘 지내요");
        hub.Gemini.Next(Gemini.Begins("음, ").Cuts());
        await client.TurnAsync("끊겨요");
        hub.Gemini.Next(Gemini.Begins("그건, ").Finishes("SAFETY"));
        await client.TurnAsync("막혀요");
        hub.Gemini.Next(Gemini.Begins("저는, ").Stalls());
        await client.RequestAsync("그만요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.CancelAsync();
        await client.ReadTurnAsync();
        await client.TurnAsync("요즘 계속 죽고 싶다는 생각만 들어요");
        await client.TurnAsync(" ");
        await client.TurnAsync("하나 더요");

        var scrape = await hub.ScrapeAsync(s => s.Sum(Ended) >= 7);
        scrape.By(Ended, "outcome").Should().Equal(Of(("COMPLETE", 3), ("AI_UNAVAILABLE", 1), ("INTERRUPTED", 1), ("EMPTY_MESSAGE", 1), ("RATE_LIMITED", 1)));
        scrape.By("bemore_turn_duration_seconds_count", "outcome").Should().Equal(scrape.By(Ended, "outcome"));
        scrape.Sum("bemore_turn_time_to_first_chunk_seconds_count").Should().Be(5, "two were refused");
        scrape.Sum("bemore_turn_time_to_first_chunk_seconds_sum").Should().BePositive()
            .And.BeLessThanOrEqualTo(scrape.Sum("bemore_turn_duration_seconds_sum"));
        scrape.By("bemore_safety_messages_total", "level").Should().Equal(Of(("none", 6), ("active", 1)));
        scrape.By("db_client_operation_duration_seconds_count", "db_operation_name").Should().Contain("ask_turn", 5).And.Contain("end_turn", 5);
        scrape.By(Asked, "error_type").Should().Equal(Of(("connection", 1), ("cancelled", 1)));
        scrape.Sum(Asked).Should().Be(5);
        scrape.Sum("gen_ai_client_operation_time_to_first_chunk_seconds_count").Should().Be(5);
    }

    [Fact]
    public async Task WhatHasNotHappenedYetIsThereAsZeroSoThatTheFirstTimeIsSeenAsARise()
    {
        await using var hub = await StartAsync();

        var scrape = await hub.ScrapeAsync(_ => true);

        foreach (var (name, label, values) in ((string, string, string[])[])
            [
                (Ended, "outcome", ["COMPLETE", "INTERRUPTED", "AI_UNAVAILABLE", "INTERNAL", "RATE_LIMITED"]),
                ("bemore_safety_messages_total", "level", ["none", "other", "passive", "active", "imminent"]),
                ("bemore_safety_alarms_total", "outcome", ["delivered", "failed", "dropped"]),
                ("bemore_gemini_failovers_total", "gen_ai_request_model", ["gemini-flash-latest", "gemini-flash-lite-latest"]),
            ])
        {
            var numbers = scrape.Numbers.Where(n => n.Name == name).ToList();
            numbers.Should().OnlyContain(n => n.Value == 0);
            numbers.Select(n => n.Labels[label]).Should().Contain(values);
        }
    }

    [Fact]
    public async Task TokensAreCountedAsGeminiCountsThem()
    {
        await using var hub = await StartAsync();
        // Counted up from event to event, each in place of the one before; thoughts are paid for like words.
        hub.Gemini.Next(Gemini.Sends(
            """{"candidates":[{"content":{"parts":[{"text":"네."}],"role":"model"},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":130,"candidatesTokenCount":20,"thoughtsTokenCount":7,"totalTokenCount":157},"modelVersion":"gemini-2.5-flash"}"""));
        await using var client = await hub.ConnectAsync("s");
        await client.TurnAsync("안녕하세요");

        var scrape = await hub.ScrapeAsync(s => s.Sum(Ended) == 1);

        scrape.By("gen_ai_client_token_usage_sum", "gen_ai_token_type").Should().Equal(Of(("input", 130), ("output", 27)));
        scrape.Numbers.First(n => n.Name == Asked).Labels.Should()
            .Contain("gen_ai_operation_name", "generate_content").And.Contain("gen_ai_provider_name", "gcp.gemini")
            .And.Contain("gen_ai_request_model", "gemini-flash-latest").And.Contain("gen_ai_response_model", "gemini-2.5-flash");
    }

    [Fact]
    public async Task WhatIsDoneAboutAModelThatIsDownIsCounted()
    {
        await using var hub = await StartAsync();
        hub.Gemini.AlwaysOf("gemini-flash-latest", GeminiFaults.OverloadedForAMoment);
        await using var client = await hub.ConnectAsync("s");

        // Five failures in a row make it known to be down.
        for (var turn = 0; turn < 6; turn++)
        {
            (await client.TurnAsync("들리세요?"))[^1].Type.Should().Be(Frame.Complete);
        }

        var scrape = await hub.ScrapeAsync(s => s.Sum(Ended) == 6);
        var requests = hub.Gemini.Requests.ToLookup(r => r.Model);
        scrape.By(Asked, "error_type").Should().Equal(Of(("503", requests["gemini-flash-latest"].Count())));
        scrape.By(Asked, "gen_ai_request_model").Should().Contain("gemini-flash-lite-latest", 6);
        scrape.By("bemore_gemini_failovers_total", "gen_ai_request_model").Should().Equal(Of(("gemini-flash-lite-latest", 6)));
        scrape.Sum("bemore_gemini_retries_total").Should().Be(requests["gemini-flash-latest"].Count());
        scrape.Numbers.Where(n => n is { Name: "bemore_gemini_breaker_open", Value: 1 }).Should().ContainSingle()
            .Which.Labels.Should().Contain("breaker", "down").And.Contain("gen_ai_request_model", "gemini-flash-latest");
    }

    [Fact]
    public async Task WhoIsAskedBesideIsCounted()
    {
        await using var hub = await StartAsync(new() { ["GEMINI_HEDGE_AFTER_MS"] = "50" });
        hub.Gemini.AlwaysOf("gemini-flash-latest", Gemini.Hangs);
        await using var client = await hub.ConnectAsync("s");
        (await client.TurnAsync("들리세요?"))[^1].Type.Should().Be(Frame.Complete);

        var scrape = await hub.ScrapeAsync(s => s.Sum(Asked) == 2);

        scrape.By("bemore_gemini_hedges_total", "gen_ai_request_model").Should().Equal(Of(("gemini-flash-lite-latest", 1)));
        scrape.Numbers.Where(n => n.Name == Asked).ToDictionary(n => n.Labels["gen_ai_request_model"], n => n.Labels.GetValueOrDefault("error_type"))
            .Should().Equal(new Dictionary<string, string?> { ["gemini-flash-latest"] = "cancelled", ["gemini-flash-lite-latest"] = null });
    }

    [Fact]
    public async Task SocketsTurnsInTheQueueAndThePoolAreCounted()
    {
        await using var hub = await StartAsync();
        var gate = new TaskCompletionSource();
        hub.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using var client = await hub.ConnectAsync("s");
        await using var landmarks = await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{hub.Http.Port}/ws/landmarks/s"));
        await client.RequestAsync("먼저");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("그리고");

        var busy = await hub.ScrapeAsync(s => s.Sum("bemore_turns_waiting") == 1);
        busy.By("bemore_sockets_open", "kind").Should().Equal(Of(("session", 1), ("analysis", 1)));
        busy.Sum("bemore_turns_running").Should().Be(1);
        busy.Sum("bemore_database_away").Should().Be(0);
        busy.Sum("db_client_connection_max", ("db_client_connection_pool_name", "bemore")).Should().Be(20);
        gate.SetResult();
        await client.ReadTurnAsync();
        await client.ReadTurnAsync();
        await client.CloseAsync();
        await landmarks.CloseAsync();

        var idle = await hub.ScrapeAsync(s => s.Sum("bemore_sockets_open") == 0);
        (idle.Sum("bemore_turns_running"), idle.Sum("bemore_turns_waiting")).Should().Be((0, 0));
    }

    [Fact]
    public async Task AModelThatMisnamesItselfIsNoLabel()
    {
        await using var hub = await StartAsync();
        hub.Gemini.Next(Gemini.Sends(
            """{"candidates":[{"content":{"parts":[{"text":"네."}],"role":"model"},"finishReason":"STOP"}],"modelVersion":"그건 말씀드리기 어려워요"}"""));
        await using var client = await hub.ConnectAsync("s");
        await client.TurnAsync("이름이 뭐예요?");

        var scrape = await hub.ScrapeAsync(s => s.Sum(Ended) == 1);

        scrape.By(Asked, "gen_ai_response_model").Should().ContainKey("gemini-flash-latest").And.HaveCount(1);
    }

    private static Dictionary<string, double> Of(params (string Label, double Value)[] numbers) => numbers.ToDictionary(n => n.Label, n => n.Value);

    private static Task<ObservedHub> StartAsync(Dictionary<string, string?>? settings = null) =>
        ObservedHub.StartAsync(new(settings ?? []) { ["METRICS_PORT"] = "0" });
}
