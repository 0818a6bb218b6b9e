using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>protocol.md, section 2, with the .NET client.</summary>
public sealed class SignalRTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    // Gemini's own deadline is not what ends a stream here.
    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task TheStreamsItemsAreTheEnvelopesOfTheRawSocket(HttpTransportType transport)
    {
        _hub.Gemini.Next(Gemini.Says("스트레스를 받고 계시는군요. 무엇이 \"가장\" 힘드신가요?"));
        await using var connection = await _hub.SignalRAsync(transport);

        var frames = await connection.RequestAsync("s", new { message = " 힘들어요 ", emotion = "Anxious", timestamp = 1704902400000 }).ReadAsync();

        frames.Select(f => f.Raw).Should().Equal(
            """{"type":"ai_stream_begin","data":{}}""",
            """{"type":"ai_stream_chunk","data":{"chunk":"스트레스를 받고 계시는군요. 무엇이 \"가장\" 힘드신가요?"}}""",
            """{"type":"ai_stream_complete","data":{}}""");
        (await _hub.TurnsAsync()).Should().Equal(
            new StoredTurn("힘들어요", "스트레스를 받고 계시는군요. 무엇이 \"가장\" 힘드신가요?", "anxious", 1704902400000));
    }

    [Fact]
    public async Task BothDoorsSayTheSameWord()
    {
        _hub.Gemini.Always(Gemini.Says("괜찮아요. 👋 <b>천천히</b> & 함께 이야기해요!"));
        await using var connection = await _hub.SignalRAsync();
        await using var client = await _hub.ConnectAsync("raw");

        await client.RequestAsync("안녕");
        var raw = await client.ReadTurnAsync();
        var frames = await connection.RequestAsync("signalr", new { message = "안녕" }).ReadAsync();

        frames.Select(f => f.Raw).Should().Equal(raw.Select(f => f.Raw));
    }

    [Fact]
    public async Task APingIsAnsweredAlsoWhileAnAnswerStreams()
    {
        _hub.Gemini.Next(Gemini.Begins("잠시만요. ").Stalls());
        await using var connection = await _hub.SignalRAsync();
        await using var stream = connection.RequestAsync("s", new { message = "안녕" }).GetAsyncEnumerator();
        await stream.ReadToTheFirstChunkAsync();

        var pong = await connection.InvokeAsync<JsonElement>("Ping", "s").WaitAsync(Pulse.Patience);

        pong.GetProperty("type").GetString().Should().Be("pong");
        pong.GetProperty("data").GetProperty("sessionId").GetString().Should().Be("s");
        pong.GetProperty("data").GetProperty("status").GetString().Should().NotBeNullOrEmpty();
        DateTimeOffset.FromUnixTimeMilliseconds(pong.GetProperty("data").GetProperty("timestamp").GetInt64())
            .Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData("sad", "sad")]
    [InlineData(" EXCITED ", "surprised")]
    [InlineData("슬픔", null)]
    [InlineData("", null)]
    [InlineData(17, null)]
    [InlineData(1.5, null)]
    [InlineData(true, null)]
    [InlineData(new[] { "sad" }, null)]
    [InlineData(null, null)]
    public async Task AnEmotionIsTakenWhateverItIs(object? emotion, string? stored)
    {
        await using var connection = await _hub.SignalRAsync();

        await connection.InvokeAsync("UpdateEmotion", "s", emotion);
        await connection.RequestAsync("s", new { message = "안녕" }).ReadAsync();

        (await _hub.TurnsAsync()).Should().ContainSingle().Which.Emotion.Should().Be(stored);
    }

    [Fact]
    public async Task AnEmotionIsOfItsSessionAlone()
    {
        await using var connection = await _hub.SignalRAsync();

        await connection.InvokeAsync("UpdateEmotion", "a", "sad");
        await connection.RequestAsync("b", new { message = "안녕" }).ReadAsync();
        await connection.RequestAsync("a", new { message = "안녕", emotion = (string?)null }).ReadAsync();
        await connection.RequestAsync("a", new { message = "안녕" }).ReadAsync();

        (await _hub.TurnsAsync("b")).Single().Emotion.Should().BeNull();
        (await _hub.TurnsAsync("a")).Select(t => t.Emotion).Should().Equal("sad", null);
    }

    [Fact]
    public async Task CancelEndsTheAnswerAndKeepsWhatWasSaid()
    {
        _hub.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        await using var connection = await _hub.SignalRAsync();
        await using var stream = connection.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator();
        await stream.ReadToTheFirstChunkAsync();

        await connection.InvokeAsync("CancelAiResponse", "s");

        (await stream.NextAsync()).Type.Should().Be(Frame.Complete);
        (await stream.MoveNextAsync()).Should().BeFalse();
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the client left first");
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be("천천히 이야기해 볼까요. ");
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task UnsubscribingEndsTheAnswerAsCancelDoes(HttpTransportType transport)
    {
        _hub.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        await using var connection = await _hub.SignalRAsync(transport);
        using var unsubscribe = new CancellationTokenSource();
        await using (var stream = connection.RequestAsync("s", new { message = "음" }, unsubscribe.Token).GetAsyncEnumerator())
        {
            await stream.ReadToTheFirstChunkAsync();
            await unsubscribe.CancelAsync();
        }

        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the client left first");
        // The next request waits for the end of that turn: it is stored by then.
        (await connection.RequestAsync("s", new { message = "다시" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal("음", "다시");
        (await _hub.TurnsAsync())[0].AiResponse.Should().Be("천천히 이야기해 볼까요. ");
        (await connection.ResumeAsync("s").ReadAsync()).Should().BeEmpty("nobody lost anything");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a.b")]
    [InlineData("세션")]
    [InlineData("a/../b")]
    public async Task WhatIsNoSessionIdHasExpired(string? sessionId)
    {
        await using var connection = await _hub.SignalRAsync();

        var frames = await connection.RequestAsync(sessionId, new { message = "안녕" }).ReadAsync();

        frames.Select(f => f.Raw).Should().Equal("""{"type":"ai_stream_error","data":{"error":"세션이 만료되었습니다","code":"SESSION_EXPIRED"}}""");
        (await connection.ResumeAsync(sessionId).ReadAsync()).Should().BeEmpty();
        await connection.InvokeAsync("CancelAiResponse", sessionId);
        await connection.InvokeAsync("UpdateEmotion", sessionId, "sad");
        (await connection.InvokeAsync<JsonElement>("Ping", sessionId)).GetProperty("type").GetString().Should().Be("pong");
        _hub.Gemini.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("null", "EMPTY_MESSAGE")]
    [InlineData("{}", "EMPTY_MESSAGE")]
    [InlineData("[]", "EMPTY_MESSAGE")]
    [InlineData("\"안녕\"", "EMPTY_MESSAGE")]
    [InlineData("{\"message\":null,\"emotion\":null,\"timestamp\":null}", "EMPTY_MESSAGE")]
    [InlineData("{\"message\":5}", "EMPTY_MESSAGE")]
    [InlineData("{\"message\":{\"a\":[1]},\"emotion\":\"sad\"}", "EMPTY_MESSAGE")]
    [InlineData("{\"message\":\"  \\u0000 \"}", "EMPTY_MESSAGE")]
    public async Task ARequestThatSaysNothingIsRefusedInTheStream(string request, string code)
    {
        await using var connection = await _hub.SignalRAsync();

        var frames = await connection.RequestAsync("s", JsonDocument.Parse(request).RootElement).ReadAsync();

        frames.Should().ContainSingle().Which.Code.Should().Be(code);
    }

    [Fact]
    public async Task LongMessagesAndTooManyAreRefusedInTheStream()
    {
        await using var connection = await _hub.SignalRAsync();

        var tooLong = await connection.RequestAsync("s", new { message = new string('가', 2001) }).ReadAsync();
        for (var i = 0; i < 10; i++)
        {
            (await connection.RequestAsync("s", new { message = $"{i}" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        var tooMany = await connection.RequestAsync("s", new { message = "11" }).ReadAsync();

        tooLong.Should().ContainSingle().Which.Error.Should().Be("메시지가 너무 깁니다 (최대 2000자)");
        tooMany.Should().ContainSingle().Which.Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"요청이 너무 많습니다. 잠시 후 다시 시도해주세요","code":"RATE_LIMITED"}}""");
    }
}
