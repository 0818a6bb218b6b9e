using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeMore.Tests;

/// <summary>What a person said is kept before the model is asked, once, and stays whatever becomes of the answer.</summary>
public sealed class WordsFirstTests : IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    private readonly ObservedTime _time = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(
        new()
        {
            ["MAX_AI_REQUESTS_PER_MINUTE"] = "2",
            ["RESUME_GRACE_SECONDS"] = $"{Grace.TotalSeconds}",
            ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
        },
        _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task TheWordsAreInTheTableWhenGeminiIsAsked()
    {
        IReadOnlyList<KeptRow> seen = [];
        _hub.Gemini.Next(GeminiScript.Empty.Then(async _ => seen = await _hub.RowsAsync()).Says("듣고 있어요."));
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync(" 잠이 안 와요 ", timestamp: 1704902400000);
        await client.ReadTurnAsync();

        seen.Should().Equal(new KeptRow("s", "잠이 안 와요", "", "asked", 1704902400000));
        (await _hub.RowsAsync()).Should().Equal(new KeptRow("s", "잠이 안 와요", "듣고 있어요.", "answered", 1704902400000));
    }

    [Fact]
    public async Task ATurnThatFailsLeavesTheWordsInTheRecordAndNothingInTheHistory()
    {
        _hub.Gemini.Always(GeminiFaults.Fails(400, "INVALID_ARGUMENT", "no"));
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("아무도 없나요");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.StreamError);
        _hub.Gemini.Always(Gemini.Says("네, 여기 있어요."));

        await client.RequestAsync("거기 계세요?");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);

        _hub.Gemini.Requests[^1].Contents.Should().Equal(("user", "거기 계세요?"));
        (await _hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            ("아무도 없나요", "", "failed"), ("거기 계세요?", "네, 여기 있어요.", "answered"));
        (await RecentAsync()).Should().Equal("거기 계세요?");
        (await RecordAsync()).Should().Equal(("아무도 없나요", ""), ("거기 계세요?", "네, 여기 있어요."));
    }

    [Fact]
    public async Task AMistakeOfOursBeforeTheFirstWordLeavesTheWordsAsFailed()
    {
        var database = await TestHub.CreateDatabaseAsync();
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = database },
            services: services => services.Replace(ServiceDescriptor.Singleton<IChatClient>(new BrokenModel())));
        await using var client = await app.ConnectAsync("s");

        await client.RequestAsync("여보세요");

        (await client.ReadTurnAsync())[^1].Code.Should().Be("INTERNAL");
        (await KeptRow.ReadAsync(await PostgresCluster.Shared, database)).Should().ContainSingle().Which.Outcome.Should().Be("failed");
    }

    [Theory]
    [InlineData("EMPTY_MESSAGE")]
    [InlineData("MESSAGE_TOO_LONG")]
    [InlineData("RATE_LIMITED")]
    [InlineData("SESSION_PAUSED")]
    [InlineData("SESSION_EXPIRED")]
    public async Task ARefusedRequestLeavesNoRow(string code)
    {
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("하나");
        await client.ReadTurnAsync();
        await client.RequestAsync("둘");
        await client.ReadTurnAsync();

        if (code.StartsWith("SESSION_", StringComparison.Ordinal))
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await PostAsync(code == "SESSION_PAUSED" ? "pause" : "end");
        }

        await client.RequestAsync(code switch { "EMPTY_MESSAGE" => " ", "MESSAGE_TOO_LONG" => new string('가', 2001), _ => "셋" });

        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be(code);
        (await _hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("하나", "둘");
    }

    [Fact]
    public async Task WhatWaitedAndWasGivenUpKeepsItsWordsAndGeminiIsNotAsked()
    {
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").Stalls());
        await using (var client = await _hub.ConnectAsync())
        {
            await client.RequestAsync("하나");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await client.RequestAsync("둘");
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            client.Abort();
        }

        await _time.WaitBeganAsync(Grace, count: 2);
        _time.Advance(Grace);
        await _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded" && e.Value("Outcome") == "AI_UNAVAILABLE");

        (await _hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            ("하나", "천천히요. ", "interrupted"), ("둘", "", "failed"));
        _hub.Gemini.Requests.Should().ContainSingle();
    }

    private async Task<IReadOnlyList<string>> RecentAsync()
    {
        await using var connection = await _hub.OpenAsync();
        await using var query = new Npgsql.NpgsqlCommand("SELECT user_message FROM get_recent_conversations('s')", connection);
        await using var rows = await query.ExecuteReaderAsync();
        var recent = new List<string>();
        while (await rows.ReadAsync())
        {
            recent.Add(rows.GetString(0));
        }

        return recent;
    }

    private async Task<IReadOnlyList<(string?, string?)>> RecordAsync()
    {
        using var http = new HttpClient();
        using var answer = JsonDocument.Parse(await http.GetStringAsync(new Uri(_hub.App.Http, "api/session/s/conversations")));
        return [.. answer.RootElement.GetProperty("data").GetProperty("conversations").EnumerateArray()
            .Select(turn => (turn.GetProperty("userMessage").GetString(), turn.GetProperty("aiResponse").GetString()))];
    }

    private async Task PostAsync(string call)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(new Uri(_hub.App.Http, $"api/session/s/{call}"), null);
        answer.EnsureSuccessStatusCode();
    }

    private sealed class BrokenModel : IChatClient
    {
        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new InvalidCastException("A mistake.");

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new InvalidCastException("A mistake.");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
