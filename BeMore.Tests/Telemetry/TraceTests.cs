using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>Where traces are sent, each turn is one: of its own, linked to the request that it came with.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private const string Turn = "turn";

    private FakeCollector _collector = null!;

    public async Task InitializeAsync() => _collector = await FakeCollector.StartAsync();

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task EachTurnIsATraceOfItsOwnThatIsLinkedToItsSocket()
    {
        await using var hub = await ObservedHub.StartAsync(collector: _collector);
        var gate = new TaskCompletionSource();
        hub.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using (var client = await hub.ConnectAsync("s"))
        {
            await client.RequestAsync("먼저");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await client.RequestAsync("그리고");
            gate.SetResult();
            await client.ReadTurnAsync();
            await client.ReadTurnAsync();
            await _collector.UntilAsync(() => Turns().Count == 2);
            _collector.Spans.Should().NotContain(s => s.Name.StartsWith("GET", StringComparison.Ordinal), "the socket is still open");
            await client.CloseAsync();
        }

        var socket = await _collector.SpanAsync(s => s.Name == "GET /ws/session/{sessionId}");
        Turns().Select(t => t.TraceId).Append(socket.TraceId).Should().OnlyHaveUniqueItems();
        foreach (var turn in Turns())
        {
            turn.Should().Match<SentSpan>(t => t.ParentId == "" && t.Kind == 2 && t.Status == 0);
            turn.Links.Should().Equal((socket.TraceId, socket.SpanId));
            turn.Attributes.Should().Contain("bemore.turn.outcome", "COMPLETE").And.ContainKeys("bemore.turn.chunks", "bemore.turn.first_chunk_ms", "bemore.turn.waited_ms");
            await _collector.UntilAsync(() => Children(turn).Count == 3);
            Children(turn).Select(s => s.Name).Should().BeEquivalentTo("ask_turn", "generate_content gemini-flash-latest", "end_turn");
            Children(turn).Should().OnlyContain(s => s.ParentId == turn.SpanId && s.Kind == 3 && s.Status == 0);
            Children(turn).Single(s => s.Scope == "BeMore").Attributes.Should()
                .Contain("gen_ai.operation.name", "generate_content").And.Contain("gen_ai.provider.name", "gcp.gemini").And.Contain("gen_ai.request.stream", "True")
                .And.Contain("gen_ai.request.model", "gemini-flash-latest").And.Contain("gen_ai.response.model", "gemini-fake")
                .And.Contain("gen_ai.request.temperature", "0.7").And.Contain("gen_ai.request.top_p", "0.8")
                .And.Contain("gen_ai.request.top_k", "40").And.Contain("gen_ai.request.max_tokens", "1024")
                .And.Contain("gen_ai.response.finish_reasons", "stop").And.Contain("gen_ai.usage.input_tokens", "100")
                .And.Contain("server.address", "127.0.0.1").And.ContainKeys("gen_ai.usage.output_tokens", "gen_ai.response.time_to_first_chunk", "server.port");
            Children(turn).Single(s => s.Name == "ask_turn").Attributes.Should()
                .Equal(new Dictionary<string, string> { ["db.system.name"] = "postgresql", ["db.operation.name"] = "ask_turn" });
        }
    }

    [Fact]
    public async Task ATurnOverSignalRIsLinkedToItsConnection()
    {
        await using var hub = await ObservedHub.StartAsync(collector: _collector);
        await using (var connection = new HubConnectionBuilder().WithUrl(new Uri(hub.Http, "hubs/counselling")).Build())
        {
            await connection.StartAsync();
            await connection.RequestAsync("s", new { message = "안녕하세요" }).ReadAsync();
            await connection.InvokeAsync<JsonElement>("Ping", "s");
        }

        var socket = await _collector.SpanAsync(s => s.Name == "GET /hubs/counselling");
        await _collector.UntilAsync(() => Turns().Count == 1);
        Turns().Single().Links.Should().Equal((socket.TraceId, socket.SpanId));
        _collector.Spans.Should().NotContain(s => s.Scope.Contains("SignalR", StringComparison.Ordinal), "a ping is no trace");
    }

    [Fact]
    public async Task ATurnThatFailedSaysWhyAndOneThatWasCutOffIsNoFailure()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "3" }, _collector);
        await using var client = await hub.ConnectAsync("s");

        hub.Gemini.Next(Gemini.Begins("음, ").Cuts());
        await client.TurnAsync("끊겨요");
        (await TurnAsync(1)).Should().Match<SentSpan>(t => t.Status == 2 && t.StatusText == "AI_UNAVAILABLE" && t.Attributes["error.type"] == "AI_UNAVAILABLE");
        (await AskedAsync(1)).Should().Match<SentSpan>(c => c.Status == 2 && c.Attributes["error.type"] == "connection");

        hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(30)), Gemini.Says("다른 모델이에요."));
        await client.TurnAsync("바빠요");
        (await TurnAsync(2)).Status.Should().Be(0, "the other model answered");
        (await AskedAsync(2)).Should().Match<SentSpan>(c => c.Status == 2 && c.Attributes["error.type"] == "429");
        (await AskedAsync(3)).Should().Match<SentSpan>(c => c.Name == "generate_content gemini-flash-lite-latest" && c.Status == 0);

        hub.Gemini.Next(Gemini.Begins("저는, ").Stalls());
        await client.RequestAsync("그만");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.CancelAsync();
        await client.ReadTurnAsync();
        (await TurnAsync(3)).Should().Match<SentSpan>(t => t.Status == 0 && t.Attributes["bemore.turn.outcome"] == "INTERRUPTED");
        (await AskedAsync(4)).Should().Match<SentSpan>(c => c.Status == 0 && c.Attributes["error.type"] == "cancelled");

        await client.TurnAsync("너무 많아요");
        (await TurnAsync(4)).Should().Match<SentSpan>(t => t.Status == 2 && t.StatusText == "RATE_LIMITED");
        Children(await TurnAsync(4)).Should().BeEmpty("nobody was asked");
    }

    [Fact]
    public async Task AModelThatSaysNothingInTimeIsSaidToHaveTimedOut()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["GEMINI_FIRST_CHUNK_TIMEOUT_MS"] = "500" }, _collector);
        hub.Gemini.AlwaysOf("gemini-flash-latest", Gemini.Hangs);
        await using var client = await hub.ConnectAsync("s");

        await client.RequestAsync("느려요");

        (await AskedAsync(1)).Should().Match<SentSpan>(c => c.Name == "generate_content gemini-flash-latest" && c.Status == 2 && c.Attributes["error.type"] == "timeout");
    }

    [Fact]
    public async Task QuestionsAfterTheHubsHealthAreNoTraces()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0" }, _collector);

        (await hub.StatusOfAsync(hub.Http, "health")).Should().Be(200);
        (await hub.StatusOfAsync(hub.Http, "health/live")).Should().Be(200);
        (await hub.StatusOfAsync(hub.Metrics, "metrics")).Should().Be(200);
        (await hub.StatusOfAsync(hub.Http, "api/session/s")).Should().Be(404);
        await hub.StopAsync();

        _collector.Spans.Where(s => s.ParentId == "").Select(s => s.Name).Should().Equal("GET /api/session/{id}");
    }

    /// <summary>In the order of their ends; <paramref name="count"/> from 1.</summary>
    private async Task<SentSpan> TurnAsync(int count)
    {
        await _collector.UntilAsync(() => Turns().Count >= count);
        return Turns()[count - 1];
    }

    private async Task<SentSpan> AskedAsync(int count)
    {
        await _collector.UntilAsync(() => Asked().Count >= count);
        return Asked()[count - 1];
    }

    private List<SentSpan> Turns() => [.. _collector.Spans.Where(s => s.Name == Turn)];

    private List<SentSpan> Asked() => [.. _collector.Spans.Where(s => s.Name.StartsWith("generate_content ", StringComparison.Ordinal))];

    private List<SentSpan> Children(SentSpan turn) => [.. _collector.Spans.Where(s => s.TraceId == turn.TraceId && s.SpanId != turn.SpanId)];
}
