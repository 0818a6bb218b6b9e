using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>What somebody confides, what is answered, whose session it is and what lets him in: none of it is in metrics or traces, whatever goes wrong.</summary>
public sealed class TelemetryPrivacyTests : IAsyncLifetime
{
    // In everything that is nobody's business, the session's id and the token among it.
    private const string Canary = "CANARY";

    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private FakeCollector _collector = null!;

    public async Task InitializeAsync() => _collector = await FakeCollector.StartAsync();

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task NothingOfATalkIsSentOrShown()
    {
        await using var hub = await StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });
        var token = new TestToken { Subject = "\"CANARY-user\"" }.ToString();
        hub.Gemini.Always(Gemini.Says("CANARY-answer 천천히요. ", "CANARY-answer 듣고 있어요."));

        await using (var client = await hub.ConnectAsync("CANARY-session", $"?access_token={token}&CANARY-name=CANARY-value", socket =>
        {
            socket.SetRequestHeader("traceparent", TraceParent);
            socket.SetRequestHeader("tracestate", "x=CANARY-state");
        }))
        {
            await client.RequestAsync("CANARY-message", "CANARY-emotion");
            await client.ReadTurnAsync();
            await client.TurnAsync("CANARY-message 요즘 계속 죽고 싶다는 생각만 들어요");
            await client.TurnAsync(new string('x', 2001) + Canary);
            hub.Gemini.Next(Gemini.Begins("CANARY-answer 잠시만요. ").Stalls());
            await client.RequestAsync("CANARY-cancelled");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await client.CancelAsync();
            await client.ReadTurnAsync();
            await client.SendAsync("""{"type":"CANARY-type"}""");
            await client.CloseAsync();
        }

        await using (var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(hub.Http, "hubs/counselling?CANARY-name=CANARY-value"), o => o.AccessTokenProvider = () => Task.FromResult<string?>(token)).Build())
        {
            await connection.StartAsync();
            await connection.RequestAsync("CANARY-session-2", new { message = "CANARY-message" }).ReadAsync();
            await connection.InvokeAsync<JsonElement>("Ping", "CANARY-session-2");
        }

        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", token) } };
        http.DefaultRequestHeaders.Add("traceparent", TraceParent);
        http.DefaultRequestHeaders.Add("tracestate", "x=CANARY-state");
        http.DefaultRequestHeaders.Add("baggage", "x=CANARY-baggage");
        http.DefaultRequestHeaders.UserAgent.ParseAdd("CANARY-agent");
        foreach (var path in (string[])["api/session/CANARY-session/conversations?CANARY=1", "api/session/CANARY-session/export", "api/session/CANARY-session", "CANARY-nowhere/CANARY", "ws/session/CANARY!"])
        {
            await http.GetAsync(new Uri(hub.Http, path));
        }

        await http.PostAsync(new Uri(hub.Http, "api/session/CANARY-session/end"), null);
        using var odd = new HttpRequestMessage(new HttpMethod("CANARYMETHOD"), hub.Http);
        await http.SendAsync(odd);

        await NothingIsToldAsync(hub, turns: 5, token);
        _collector.Spans.Should().Contain(s => s.Name == "GET /api/session/{id}/conversations" && s.Attributes["http.response.status_code"] == "200");
    }

    [Fact]
    public async Task NothingOfWhatGeminiSaysOfAFailureIsSentOrShown()
    {
        await using var hub = await StartAsync(new() { ["GEMINI_API_KEY"] = "CANARY-key" });
        await using var client = await hub.ConnectAsync("CANARY-session");

        foreach (var failure in (GeminiScript[])
            [
                GeminiFaults.Fails(400, "INVALID_ARGUMENT", "CANARY-gemini"),
                GeminiFaults.Fails(500, "CANARY", "CANARY-gemini"),
                GeminiScript.Empty.FailsInBand(message: "CANARY-gemini", status: Canary),
                Gemini.Begins("CANARY-answer 잠시만요. ").Sends("{\"CANARY"),
                Gemini.Begins("CANARY-answer 잠시만요. ").Cuts(),
                Gemini.Begins("CANARY-answer 잠시만요. ").Finishes("CANARY 이유"),
            ])
        {
            hub.Gemini.Always(failure);
            await client.RequestAsync("CANARY-message");
            await client.ReadTurnAsync(TimeSpan.FromSeconds(20));
        }

        await NothingIsToldAsync(hub, turns: 6);
    }

    [Theory]
    [InlineData("DROP TABLE conversations")]
    [InlineData("ALTER TABLE conversations ALTER COLUMN ai_response TYPE varchar(3)")]
    [InlineData("ALTER TABLE conversations ADD CHECK (user_message NOT LIKE '%CANARY%')")]
    [InlineData("INSERT INTO sessions VALUES ('x'); INSERT INTO conversations (session_id, user_message, ai_response, timestamp) VALUES ('x', '', 'CANARY-answer', 1); CREATE UNIQUE INDEX ON conversations (ai_response)")]
    public async Task NothingOfWhatTheDatabaseSaysOfAFailureIsSentOrShown(string damage)
    {
        await using var hub = await StartAsync();
        hub.Gemini.Always(Gemini.Says("CANARY-answer"));
        await using var client = await hub.ConnectAsync("CANARY-session");
        await hub.ExecuteAsync(damage);

        (await client.TurnAsync("CANARY-message"))[^1].Code.Should().Be("INTERNAL");
        var status = await hub.StatusOfAsync(hub.Http, "api/session/CANARY-session/conversations");

        await NothingIsToldAsync(hub, turns: 1);
        _collector.Spans.Should().Contain(s => s.Scope == "BeMore.Data" && s.Status == 2 && s.Attributes["error.type"].Length == 5, "the database's code is told");
        _collector.Spans.Should().Contain(s => s.Name == "GET /api/session/{id}/conversations" && s.Attributes["http.response.status_code"] == $"{status}");
    }

    [Fact]
    public async Task NothingOfASessionThatMovesThroughRedisOrOfWhatThatSaysOfAFailureIsSentOrShown()
    {
        await using var redis = await RedisServer.StartAsync("CANARY-password");
        await using var other = await StartAsync(new() { ["REDIS_URL"] = redis.Url });
        await using var hub = await StartAsync(new() { ["REDIS_URL"] = redis.Url });
        await other.JoinedAsync();
        await hub.JoinedAsync();
        var gate = new TaskCompletionSource();
        other.Gemini.Always(Gemini.Begins("CANARY-answer 천천히요. ").WaitsFor(gate.Task).Says("CANARY-answer 듣고 있어요."));
        hub.Gemini.Always(Gemini.Says("CANARY-answer"));
        await using (var lost = await other.ConnectAsync("CANARY-session"))
        {
            await lost.RequestAsync("CANARY-message");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await hub.ConnectAsync("CANARY-session");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        gate.SetResult();
        await client.ReadTurnAsync();
        // No list of moments: Redis refuses what it is asked, with a word of what that was.
        await redis.AskAsync(db => db.StringSetAsync("bemore:0:turns:CANARY-session", "CANARY"));
        await client.TurnAsync("CANARY-message");
        await other.StopAsync();

        await NothingIsToldAsync(hub, turns: 1, turnsSent: 2);
        _collector.Points.Should().Contain(p => p.Attributes.GetValueOrDefault("db.operation.name") == "ask_node");
        _collector.Spans.Should().Contain(s => s.Name == "take_turn" && s.Status == 2 && s.Attributes["error.type"] == "WRONGTYPE", "Redis's code is told");
    }

    [Fact]
    public async Task NothingOfAForwardedCallIsSentOrShown()
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await StartAsync(new() { ["BACKEND_URL"] = backend.Url });
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new("Bearer", "CANARY-token") } };

        await http.PostAsync(new Uri(hub.Http, "api/session/CANARY-session/pause?token=CANARY-token"), new StringContent("CANARY-body"));
        await FluentActions.Awaiting(() => http.GetAsync(new Uri(hub.Http, "api/resets?CANARY-session"))).Should().NotThrowAsync();
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{hub.Http.Port}/ws/voice/CANARY-session?access_token=CANARY-token"), default);
        socket.Abort();

        await NothingIsToldAsync(hub, turns: 0);
        backend.Requests.Should().HaveCountGreaterThanOrEqualTo(3);
        _collector.Spans.Should().Contain(s => s.Name == "POST /{**path}" && s.Attributes["http.response.status_code"] == "200", "that it was forwarded is told");
        _collector.Spans.Should().Contain(s => s.Name == "GET /{**path}" && s.Attributes["http.response.status_code"] == "502", "that it failed is told");
    }

    private Task<ObservedHub> StartAsync(Dictionary<string, string?>? settings = null) => ObservedHub.StartAsync(
        new(settings ?? [])
        {
            ["METRICS_PORT"] = "0",
            // The worst that an operator can ask for: messages, and queries as they are.
            ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true",
            ["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true",
            ["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true",
        },
        _collector);

    /// <summary>To the last span: the hub is stopped before.</summary>
    /// <param name="hub">The one that is looked at.</param>
    /// <param name="turns">Its turns.</param>
    /// <param name="secret">A token, of which no part may be told.</param>
    /// <param name="turnsSent">With those of other hubs, where there are any.</param>
    private async Task NothingIsToldAsync(ObservedHub hub, int turns, string? secret = null, int? turnsSent = null)
    {
        var scrape = await hub.ScrapeAsync(s => s.Sum("bemore_turns_ended_total") == turns);
        await hub.StopAsync();

        _collector.Spans.Count(s => s.Name == "turn").Should().Be(turnsSent ?? turns, "otherwise there would be nothing to find");
        _collector.Points.Should().NotBeEmpty();
        foreach (var told in _collector.Bodies.Select(Encoding.UTF8.GetString).Append(scrape.Text))
        {
            foreach (var word in secret is null ? [Canary] : (string[])[Canary, .. secret.Split('.')])
            {
                Around(word, told).Should().BeNull();
            }
        }
    }

    /// <summary>Where it is, for whoever has to find out how it came there; null: it is not.</summary>
    private static string? Around(string word, string text) => text.IndexOf(word, StringComparison.OrdinalIgnoreCase) is >= 0 and var at
        ? string.Concat(text[Math.Max(0, at - 100)..Math.Min(text.Length, at + 100)].Where(c => !char.IsControl(c)))
        : null;
}
