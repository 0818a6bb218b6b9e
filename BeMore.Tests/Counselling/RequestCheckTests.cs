using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>protocol.md, section 1.2: what is made of a request's message and of its timestamp.</summary>
public sealed class RequestCheckTests : IAsyncLifetime
{
    private const long Now = 1_900_000_000_000;
    private const long Day = 24 * 60 * 60 * 1000;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Now));
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [InlineData("""{"type":"request_ai_response"}""")]
    [InlineData("""{"type":"request_ai_response","data":null}""")]
    [InlineData("""{"type":"request_ai_response","data":"안녕"}""")]
    [InlineData("""{"type":"request_ai_response","data":["안녕"]}""")]
    [InlineData("""{"type":"request_ai_response","data":{}}""")]
    [InlineData("""{"type":"request_ai_response","message":"안녕"}""")]
    [InlineData("""{"type":"request_ai_response","data":{"Message":"안녕"}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":null}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":5}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":true}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":["안녕"]}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":{"message":"안녕"}}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":""}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":" \t\r\n\u00a0\u3000\u2003"}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":"\u0000\u0000"}}""")]
    [InlineData("""{"type":"request_ai_response","data":{"message":" \u0000 "}}""")]
    public async Task WithoutAMessageThereIsTheErrorAlone(string request)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync(request);

        (await client.NextAsync()).Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"메시지가 비어있습니다","code":"EMPTY_MESSAGE"}}""");
        _hub.Gemini.Requests.Should().BeEmpty();
        (await _hub.TurnsAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("""  안녕하세요\t\n""", "안녕하세요")]
    [InlineData("""안\u0000녕\u0000""", "안녕")]
    [InlineData(""" \u0000 안녕 \u0000 """, "안녕")]
    [InlineData("""\ud800안녕""", "\uFFFD안녕")]
    [InlineData("""안녕\udc00""", "안녕\uFFFD")]
    [InlineData("""\udc00\ud800""", "\uFFFD\uFFFD")]
    [InlineData("""\ud83dA\ude00""", "\uFFFDA\uFFFD")]
    [InlineData("""\ud83d\ude00""", "😀")]
    [InlineData("""\uc548\ub155 \"a\\b\/c\" \b\f\r\n\t.""", "안녕 \"a\\b/c\" \b\f\r\n\t.")]
    [InlineData("""DROP TABLE conversations; -- '; {0} %s""", "DROP TABLE conversations; -- '; {0} %s")]
    [InlineData("""\u001e\u0006\u007f.""", "\u001e\u0006\u007f.")]
    public async Task TheCleanedTextIsStoredAndIsWhatGeminiIsSent(string json, string text)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync($$$"""{"type":"request_ai_response","data":{"message":"{{{json}}}"}}""");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        _hub.Gemini.Requests.Should().ContainSingle().Which.LastUserText.Should().Be(text);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.UserMessage.Should().Be(text);
    }

    [Theory]
    [InlineData("""{"type":"request_ai_response","\ud800":1,"data":{"message":"안녕"}}""")]
    [InlineData("""{"\udfffta":1,"type":"request_ai_response","data":{"message":"안녕","messag\ud800":1}}""")]
    [InlineData("""{"\u0074ype":"request_ai_response","d\u0061ta":{"m\u0065ssage":"안녕"}}""")]
    [InlineData("""{"data":{"message":"안녕"},"more":[{}],"type":"request_ai\u005fresponse"}""")]
    [InlineData("""{"type":"ping","data":{"message":"x"},"type":"request_ai_response","data":{"message":"y","message":"안녕"}}""")]
    public async Task HoweverTheMembersAreWrittenTheRequestIsRead(string request)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync(request);

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.UserMessage.Should().Be("안녕");
    }

    [Theory]
    [InlineData("가")]
    [InlineData("😀")]
    [InlineData("\uFFFD")]
    public async Task TwoThousandCodePointsPassWhole(string codePoint)
    {
        var text = string.Concat(Enumerable.Repeat(codePoint, 2000));
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync($"   {text}\0\n ");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _hub.Gemini.RequestAsync()).LastUserText.Should().Be(text);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.UserMessage.Should().Be(text);
    }

    [Fact]
    public async Task ALoneSurrogateIsOneCodePoint()
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync($$$"""{"type":"request_ai_response","data":{"message":"{{{new string('가', 1999)}}}\ud800"}}""");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Theory]
    [InlineData("가")]
    [InlineData("😀")]
    public async Task TwoThousandAndOneDoNot(string codePoint)
    {
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync(string.Concat(Enumerable.Repeat(codePoint, 2001)));

        (await client.NextAsync()).Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"메시지가 너무 깁니다 (최대 2000자)","code":"MESSAGE_TOO_LONG"}}""");
        _hub.Gemini.Requests.Should().BeEmpty();
        (await _hub.TurnsAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1", 1L)]
    [InlineData("1704902400000", 1704902400000L)]
    [InlineData("null", Now)]
    [InlineData("-1", Now)]
    [InlineData("-1704902400000", Now)]
    [InlineData("1704902400000.5", Now)]
    [InlineData("\"1704902400000\"", Now)]
    [InlineData("true", Now)]
    [InlineData("[1704902400000]", Now)]
    [InlineData("{\"ms\":1704902400000}", Now)]
    [InlineData("9223372036854775807", Now)]
    [InlineData("9223372036854775808", Now)]
    [InlineData("1e400", Now)]
    public async Task ATimestampIsKeptWhereItIsBelievableAndElseTheServersTimeIs(string json, long stored)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync($$$"""{"type":"request_ai_response","data":{"timestamp":{{{json}}},"message":"안녕"}}""");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.Timestamp.Should().Be(stored);
    }

    [Fact]
    public async Task AMissingTimestampIsTheServersTime()
    {
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync("안녕");

        await client.ReadTurnAsync();
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.Timestamp.Should().Be(Now);
    }

    [Fact]
    public async Task AClockMayBeADayAheadAndNoMore()
    {
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync("하루", timestamp: Now + Day);
        await client.RequestAsync("하루가 넘게", timestamp: Now + Day + 1);
        await client.ReadTurnAsync();
        await client.ReadTurnAsync();

        (await _hub.TurnsAsync()).Select(t => t.Timestamp).Should().Equal(Now + Day, Now);
    }

    [Theory]
    [InlineData("\"sad\"", "sad")]
    [InlineData("\"  SaD \"", "sad")]
    [InlineData("\"excited\"", "surprised")]
    [InlineData("\"슬픔\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("\"sad sad\"", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("1", null)]
    [InlineData("\"1\"", null)]
    [InlineData("false", null)]
    [InlineData("[\"sad\"]", null)]
    [InlineData("{\"emotion\":\"sad\"}", null)]
    public async Task AMisreadFaceNeverBlocksAnAnswer(string json, string? stored)
    {
        await using var client = await _hub.ConnectAsync();

        await client.SendAsync($$$"""{"type":"request_ai_response","data":{"emotion":{{{json}}},"message":"안녕"}}""");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.Emotion.Should().Be(stored);
    }
}
