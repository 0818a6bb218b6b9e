using System.Net;

namespace BeMore.Tests;

/// <summary>The record of a talk for its owner, page by page: <c>GET /api/session/{id}/conversations</c>.</summary>
public sealed class RecordTests : IAsyncLifetime
{
    private const string InvalidRequest = """{"success":false,"error":{"code":"INVALID_REQUEST","message":"요청 형식이 올바르지 않습니다"}}""";

    private TestHub _hub = null!;
    private string _session = "";

    public async Task InitializeAsync()
    {
        _hub = await TestHub.StartAsync(environment: "Production");
        _session = await _hub.App.StartSessionAsync();
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task ATalkIsReadAsItWasSaid()
    {
        _hub.Gemini.Next(Gemini.Says("<b>많이</b> 힘드셨겠어요 & \"천천히\" 이야기해요."));
        await using var client = await _hub.ConnectAsync(_session);
        await client.RequestAsync("요즘 잠이 안 와요", "anxious", 1704902400000);
        await client.ReadTurnAsync();
        await client.RequestAsync("그냥요", timestamp: 1704902401000);
        await client.ReadTurnAsync();

        var answer = await ReadAsync();

        answer.Body.Should().Be(
            """{"success":true,"data":{"sessionId":"ID","conversations":[""".Replace("ID", _session, StringComparison.Ordinal)
            + """{"userMessage":"요즘 잠이 안 와요","aiResponse":"<b>많이</b> 힘드셨겠어요 & \"천천히\" 이야기해요.","emotion":"anxious","timestamp":1704902400000},"""
            + """{"userMessage":"그냥요","aiResponse":"그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?","emotion":null,"timestamp":1704902401000}"""
            + """],"total":2,"offset":0,"limit":50}}""");
        answer.Header("content-type").Should().Be("application/json; charset=utf-8");
        answer.Header("cache-control").Should().Be("no-store", "what somebody confided stays in no cache");
    }

    [Fact]
    public async Task ASessionThatHasSaidNothingHasAnEmptyRecord() =>
        (await ReadAsync()).Body.Should().Be(
            WireJson.Serialize(new { success = true, data = new { sessionId = _session, conversations = Array.Empty<int>(), total = 0, offset = 0, limit = 50 } }));

    [Fact]
    public async Task TurnsAreInTheOrderOfTheirTimesThenOfTheirStoring()
    {
        await StoreAsync("VALUES ('셋', 7), ('하나', -1), ('넷', 7), ('둘', 6), ('다섯', 7)");

        (await MessagesAsync()).Should().Equal("하나", "둘", "셋", "넷", "다섯");
    }

    [Theory]
    [InlineData("", 1, 50)]
    [InlineData("?limit=1", 1, 1)]
    [InlineData("?limit=100", 1, 100)]
    [InlineData("?offset=0&limit=3", 1, 3)]
    [InlineData("?offset=3", 4, 53)]
    [InlineData("?offset=118&limit=3", 119, 120)]
    [InlineData("?offset=119", 120, 120)]
    [InlineData("?offset=120", 1, 0)]
    [InlineData("?offset=2147483647&limit=100", 1, 0)]
    public async Task APageIsOfAsManyTurnsAsAskedFor(string query, int first, int last)
    {
        await StoreAsync("SELECT i::text, i FROM generate_series(1, 120) i");

        var answer = await ReadAsync(query);

        MessagesOf(answer).Should().Equal(Enumerable.Range(first, last - first + 1).Select(i => $"{i}"));
        answer.Data.GetProperty("total").GetInt32().Should().Be(120);
    }

    [Theory]
    [InlineData("?limit=0")]
    [InlineData("?limit=101")]
    [InlineData("?limit=-1")]
    [InlineData("?limit=")]
    [InlineData("?limit=ten")]
    [InlineData("?limit=1.5")]
    [InlineData("?limit=%2B1")]
    [InlineData("?limit=%201")]
    [InlineData("?limit=0x10")]
    [InlineData("?limit=5&limit=6")]
    [InlineData("?limit=99999999999999999999")]
    [InlineData("?limit=%D9%A1")]
    [InlineData("?offset=-1")]
    [InlineData("?offset=")]
    [InlineData("?offset=2147483648")]
    [InlineData("?offset=0;DROP TABLE conversations")]
    public async Task WhatIsNoPageIsRefused(string query)
    {
        var answer = await ReadAsync(query);

        answer.Status.Should().Be(HttpStatusCode.BadRequest);
        answer.Body.Should().Be(InvalidRequest);
    }

    [Fact]
    public async Task ItIsOfItsSessionAlone()
    {
        var other = await _hub.App.StartSessionAsync();
        await StoreAsync("VALUES ('제 말', 1)");
        await StoreAsync("VALUES ('남의 말', 1)", other);

        (await MessagesAsync()).Should().Equal("제 말");
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("end")]
    public async Task APausedOrAnEndedTalkIsStillItsOwnersToRead(string call)
    {
        await StoreAsync("VALUES ('제 말', 1)");

        await _hub.App.CallAsync("POST", $"session/{_session}/{call}");

        (await MessagesAsync()).Should().Equal("제 말");
    }

    private async Task<IReadOnlyList<string?>> MessagesAsync() => MessagesOf(await ReadAsync());

    private static IReadOnlyList<string?> MessagesOf(ApiAnswer answer) =>
        [.. answer.Data.GetProperty("conversations").EnumerateArray().Select(turn => turn.GetProperty("userMessage").GetString())];

    private Task<ApiAnswer> ReadAsync(string query = "") => _hub.App.CallAsync("GET", $"session/{_session}/conversations{query}");

    /// <param name="turns">Messages with their timestamps.</param>
    private Task StoreAsync(string turns, string? session = null) => _hub.ExecuteAsync(
        $"""INSERT INTO conversations (session_id, user_message, "timestamp", ai_response) SELECT '{session ?? _session}', t.*, '' FROM ({turns}) t""");
}
