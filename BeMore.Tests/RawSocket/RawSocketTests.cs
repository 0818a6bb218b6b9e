using System.Net.WebSockets;
using System.Text;

namespace BeMore.Tests;

/// <summary>protocol.md, section 1: the rows of the table, and what decides whether it works.</summary>
public sealed class RawSocketTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task ARequestIsAnsweredChunkByChunkAndStoredBeforeItIsComplete()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("스트레스를 받고 계시는군요. ").WaitsFor(gate.Task).Says("무엇이 가장 힘드신가요?"));
        await using var client = await _hub.ConnectAsync("test_session_123");

        await client.RequestAsync("  요즘 스트레스가 심해요  ", "Anxious ", 1704902400000);
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        gate.SetResult();
        await client.ReadTurnAsync();
        var frames = client.Received;

        frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.ChunkType, Frame.Complete);
        frames.Text().Should().Be("스트레스를 받고 계시는군요. 무엇이 가장 힘드신가요?");
        frames[1].Raw.Should().Be("""{"type":"ai_stream_chunk","data":{"chunk":"스트레스를 받고 계시는군요. "}}""");
        (await _hub.TurnsAsync("test_session_123")).Should().Equal(
            new StoredTurn("요즘 스트레스가 심해요", "스트레스를 받고 계시는군요. 무엇이 가장 힘드신가요?", "anxious", 1704902400000));
    }

    [Fact]
    public async Task PingIsAnsweredAtOnceAlsoWhileAnAnswerStreams()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("잠시만요. ").WaitsFor(gate.Task).Says("이제 됐어요."));
        await using var client = await _hub.ConnectAsync("abc");
        await client.RequestAsync("안녕하세요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.PingAsync();
        var pong = await client.NextAsync();
        gate.SetResult();

        pong.Type.Should().Be("pong");
        pong.Data.GetProperty("sessionId").GetString().Should().Be("abc");
        pong.Data.GetProperty("status").GetString().Should().NotBeNullOrEmpty();
        DateTimeOffset.FromUnixTimeMilliseconds(pong.Data.GetProperty("timestamp").GetInt64())
            .Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task CancelEndsTheAnswerClosesGeminiAndKeepsWhatWasSaid()
    {
        _hub.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("잘 모르겠어요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.CancelAsync();

        (await client.NextAsync()).Type.Should().Be(Frame.Complete);
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the client left first");
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be("천천히 이야기해 볼까요. ");
    }

    [Fact]
    public async Task CancelBeforeTheFirstWordStillCompletesAfterAChunk()
    {
        _hub.Gemini.Next(Gemini.Hangs);
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("아니에요");
        await client.ReadUntilAsync(f => f.Type == Frame.Begin);
        await _hub.Gemini.RequestAsync();

        await client.CancelAsync();

        (await client.ReadTurnAsync()).Types().Should().Equal(Frame.ChunkType, Frame.Complete);
    }

    [Fact]
    public async Task CancelWithNothingToCancelSaysNothing()
    {
        await using var client = await _hub.ConnectAsync();

        await client.CancelAsync();
        await client.PingAsync();

        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task AnEmotionUpdateIsTheEmotionOfTheNextRequestThatNamesNone()
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync("""{"type":"emotion_update","data":{"emotion":"sad"}}""");
        await client.RequestAsync("하나", "happy");
        await client.SendAsync("""{"type":"request_ai_response","data":{"message":"둘","emotion":null}}""");
        await client.RequestAsync("셋");
        for (var turn = 0; turn < 3; turn++)
        {
            await client.ReadTurnAsync();
        }

        (await _hub.TurnsAsync()).Select(t => t.Emotion).Should().Equal("happy", "sad", null);
    }

    [Fact]
    public async Task MetricsAreAcceptedWithoutAWord()
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync("""{"type":"vad_metrics","data":{"speech":0.4,"nested":{"a":[1,2]}}}""");
        await client.PingAsync();

        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Theory]
    [InlineData("""{"type":"dance","data":{}}""", "dance")]
    [InlineData("""{"data":{},"type":"춤추기"}""", "춤추기")]
    [InlineData("""{"type":""}""", "")]
    [InlineData("""{"type":"PING"}""", "PING")]
    [InlineData("""{"type":"resume_ai_response"}""", "resume_ai_response")]
    [InlineData("""{"type":"a\ud800b"}""", "a\uFFFDb")]
    public async Task AnUnknownCommandIsNamedAndTheSocketStaysOpen(string message, string type)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync(message);
        await client.PingAsync();

        var error = await client.NextAsync();
        error.Type.Should().Be("error");
        error.Data.GetProperty("code").GetString().Should().Be("UNKNOWN_COMMAND");
        error.Data.GetProperty("message").GetString().Should().Be($"알 수 없는 명령: {type}");
        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hello")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("\"ping\"")]
    [InlineData("[{\"type\":\"ping\"}]")]
    [InlineData("{}")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"type\":5}")]
    [InlineData("{\"type\":null}")]
    [InlineData("{\"type\":\"ping\"")]
    [InlineData("{\"type\":\"ping\"}{\"type\":\"ping\"}")]
    [InlineData("{\"type\":\"ping\"} x")]
    [InlineData("{'type':'ping'}")]
    [InlineData("{\"type\":\"ping\",}")]
    [InlineData("{\"type\":\"ping\"}\u001e{\"type\":\"ping\"}")]
    [InlineData("\u0006")]
    [InlineData("\u001e")]
    [InlineData("{\"protocol\":\"json\",\"version\":1}\u001e")]
    public async Task WhatIsNoEnvelopeIsAnsweredOnceAndTheSocketStaysOpen(string message)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync(message);
        await client.PingAsync();

        var error = await client.NextAsync();
        error.Raw.Should().Be("""{"type":"error","data":{"code":"PARSE_ERROR","message":"메시지 파싱 오류"}}""");
        (await client.NextAsync()).Type.Should().Be("pong");
    }

    [Theory]
    [InlineData(32, "pong")]
    [InlineData(33, "error")]
    public async Task JsonMayNest32Deep(int depth, string answer)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync($$"""{"type":"ping","data":{{new string('[', depth - 1)}}{{new string(']', depth - 1)}}}""");

        (await client.NextAsync()).Type.Should().Be(answer);
    }

    [Fact]
    public async Task NothingIsSentUnaskedOnConnecting()
    {
        await using var client = await _hub.ConnectAsync();

        await client.PingAsync();
        await client.NextAsync();

        client.Received.Should().ContainSingle().Which.Type.Should().Be("pong");
    }

    [Fact]
    public async Task AFrameOf64KiBIsTakenAndALongerOneClosesWith1009()
    {
        const int limit = 64 * 1024;
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync(Padded(limit));
        (await client.NextAsync()).Type.Should().Be("pong");
        await client.SendAsync(Padded(limit + 1));

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.MessageTooBig);

        static string Padded(int bytes)
        {
            const string head = "{\"type\":\"ping\",\"data\":{\"x\":\"";
            const string tail = "\"}}";
            return head + new string('x', bytes - head.Length - tail.Length) + tail;
        }
    }

    [Fact]
    public async Task AFrameInManyFragmentsIsOneMessage()
    {
        await using var client = await _hub.ConnectAsync();
        var bytes = Encoding.UTF8.GetBytes("""{"type":"핑이 아니다"}""");

        for (var i = 0; i < bytes.Length; i++)
        {
            await client.SendBytesAsync([bytes[i]], WebSocketMessageType.Text, i == bytes.Length - 1);
        }

        (await client.NextAsync()).Message.Should().Be("알 수 없는 명령: 핑이 아니다");
    }

    [Fact]
    public async Task ABinaryFrameClosesWith1003()
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendBytesAsync(Encoding.UTF8.GetBytes("""{"type":"ping"}"""), WebSocketMessageType.Binary, true);

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.InvalidMessageType);
    }

    [Fact]
    public async Task WhatIsNotUtf8ClosesWith1007()
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendBytesAsync([(byte)'"', 0xC3, 0x28, (byte)'"'], WebSocketMessageType.Text, true);

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.InvalidPayloadData);
    }

    [Fact]
    public async Task ACloseIsAnswered()
    {
        await using var client = await _hub.ConnectAsync();

        await client.CloseAsync();

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.NormalClosure);
    }
}
