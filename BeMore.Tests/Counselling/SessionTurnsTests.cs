using System.Net;

namespace BeMore.Tests;

/// <summary>What becomes of a session's turns when it is paused, ended or erased under them.</summary>
public sealed class SessionTurnsTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";
    private const string Paused = """{"type":"ai_stream_error","data":{"error":"세션이 일시정지되었습니다","code":"SESSION_PAUSED"}}""";
    private const string Expired = """{"type":"ai_stream_error","data":{"error":"세션이 만료되었습니다","code":"SESSION_EXPIRED"}}""";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestHub _hub = null!;
    private string _session = "";

    public async Task InitializeAsync()
    {
        // Where unknown sessions are made: an erased one must not come back under its own socket.
        _hub = await TestHub.StartAsync(new() { ["UNKNOWN_SESSIONS"] = "create", ["MAX_AI_REQUESTS_PER_MINUTE"] = "2" });
        _session = await _hub.App.StartSessionAsync();
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task APausedSessionRefusesTurnsUntilItIsResumed()
    {
        await using var client = await _hub.ConnectAsync(_session);
        await CallAsync("POST", "pause");

        for (var times = 0; times < 5; times++)
        {
            await client.RequestAsync("아직 거기 계세요?");
            (await client.NextAsync()).Raw.Should().Be(Paused);
        }

        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong", "the socket stays open");
        await CallAsync("POST", "resume");
        await client.RequestAsync("다시 왔어요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete, "what was refused does not count for the limit");
        (await _hub.TurnsAsync(_session)).Select(t => t.UserMessage).Should().Equal("다시 왔어요");
        _hub.Gemini.Requests.Should().ContainSingle();
    }

    [Fact]
    public async Task APausedSessionRefusesTurnsAtTheOtherDoorToo()
    {
        await using var connection = await _hub.SignalRAsync();
        await CallAsync("POST", "pause");

        var refused = await connection.RequestAsync(_session, new { message = "아직 거기 계세요?" }).ReadAsync();
        await CallAsync("POST", "resume");
        var answered = await connection.RequestAsync(_session, new { message = "다시 왔어요" }).ReadAsync();

        refused.Select(f => f.Raw).Should().Equal(Paused);
        answered[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task WhoseSessionIsPausedMayComeInAndWait()
    {
        await CallAsync("POST", "pause");

        await using var client = await _hub.ConnectAsync(_session);
        await client.RequestAsync("저 왔어요");

        (await client.NextAsync()).Raw.Should().Be(Paused);
    }

    [Fact]
    public async Task WhatIsBeingSaidWhenASessionIsPausedIsSaidToItsEnd()
    {
        await using var client = await BeginAsync();
        await client.RequestAsync("그리고요");

        await CallAsync("POST", "pause");
        _gate.SetResult();

        (await client.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Rest, Frame.Complete);
        (await client.NextAsync()).Raw.Should().Be(Paused, "its turn came later");
        (await _hub.TurnsAsync(_session)).Should().ContainSingle().Which.AiResponse.Should().Be(First + Rest);
    }

    [Fact]
    public async Task WhoEndsASessionWaitsForNoAnswerAndTheAnswerIsKeptAsFarAsItCame()
    {
        await using var client = await BeginAsync();
        await client.RequestAsync("기다리던 말");
        await client.RequestAsync("또 하나");

        // The gate is shut: an end that waited for the answer would not return.
        await CallAsync("POST", "end");

        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Type.Should().Be(Frame.Complete);
        (await client.NextAsync()).Raw.Should().Be(Expired);
        (await client.NextAsync()).Raw.Should().Be(Expired);
        await client.RequestAsync("아직 거기 계세요?");
        (await client.NextAsync()).Raw.Should().Be(Expired);
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _hub.TurnsAsync(_session)).Select(t => (t.UserMessage, t.AiResponse)).Should().Equal(("음", First));
        (await HandshakeProbe.AskAsync(_hub.App.Socket(_session))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task WhoEndsASessionEndsItsAnswerAtTheOtherDoorToo()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        await using var connection = await _hub.SignalRAsync();
        await using var stream = connection.RequestAsync(_session, new { message = "음" }).GetAsyncEnumerator();
        await stream.ReadToTheFirstChunkAsync();

        await CallAsync("POST", "end");

        (await stream.NextAsync()).Type.Should().Be(Frame.Complete);
        (await connection.RequestAsync(_session, new { message = "아직 거기 계세요?" }).ReadAsync()).Select(f => f.Raw).Should().Equal(Expired);
    }

    [Fact]
    public async Task WhoErasesASessionInMidAnswerLeavesNothingOfIt()
    {
        await using var client = await BeginAsync();
        await client.RequestAsync("기다리던 말");

        await CallAsync("DELETE", "");

        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Raw.Should().Be(Expired);
        (await client.NextAsync()).Raw.Should().Be(Expired);
        await client.RequestAsync("아직 거기 계세요?");
        (await client.NextAsync()).Raw.Should().Be(Expired);
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _hub.RowAsync("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM conversations)")).Should().Be("0 0");
        _hub.App.Logs.Named("TurnBroke").Should().BeEmpty("that somebody erased a session is no incident");
    }

    [Fact]
    public async Task AnErasedSessionDoesNotComeBackUnderASignalRConnectionThatUsedIt()
    {
        await using var connection = await _hub.SignalRAsync();
        (await connection.RequestAsync(_session, new { message = "안녕하세요" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);

        await CallAsync("DELETE", "");

        (await connection.RequestAsync(_session, new { message = "아직 거기 계세요?" }).ReadAsync()).Select(f => f.Raw).Should().Equal(Expired);
        (await _hub.RowAsync("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM conversations)")).Should().Be("0 0");
    }

    [Fact]
    public async Task NobodyIsToldAnErasedAnswerThatALostConnectionLeft()
    {
        await using (var client = await BeginAsync())
        {
            client.Abort();
        }

        await CallAsync("DELETE", "");
        await using var again = await _hub.ConnectAsync(_session);
        await again.PingAsync();

        var told = await again.ReadUntilAsync(f => f.Type == "pong");
        told.Text().Should().BeEmpty("the id is a new session's now");
    }

    private async Task<RawSocketClient> BeginAsync()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        var client = await _hub.ConnectAsync(_session);
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    private async Task CallAsync(string method, string call)
    {
        var answer = await _hub.App.CallAsync(method, $"session/{_session}/{call}".TrimEnd('/'));
        answer.Status.Should().Be(HttpStatusCode.OK, answer.Body);
    }
}
