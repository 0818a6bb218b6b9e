using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>protocol.md, section 1.2: requests that arrive while a turn runs wait, and nothing gets into the middle of a stream.</summary>
public sealed class TurnOrderTests : IAsyncLifetime
{
    private const int MostWaiting = 64;

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000" });

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task WhatRequestsGetComesInTheirOrderAndNeverInTheMiddleOfAnothersStream()
    {
        await using var limited = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "3" });
        limited.Gemini.Next(Gemini.Begins("하나예요. ").WaitsFor(_gate.Task).Says("끝이에요."), Gemini.Says("둘이에요."), Gemini.Says("셋이에요."));
        await using var client = await limited.ConnectAsync();

        foreach (var message in (string[])["하나", "", "둘", new string('가', 2001), "셋", "넷", " "])
        {
            await client.RequestAsync(message);
        }

        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        await limited.Gemini.RequestAsync();
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        client.Received.Where(f => f.Type != "pong").Should().OnlyContain(f => f.Type == Frame.Begin || f.Chunk == "하나예요. ");
        _gate.SetResult();
        await client.ReadUntilAsync(f => f.Code == "RATE_LIMITED");
        await client.ReadTurnAsync();

        Told(client).Should().Equal(
            "하나예요. 끝이에요.", "EMPTY_MESSAGE", "둘이에요.", "MESSAGE_TOO_LONG", "셋이에요.", "RATE_LIMITED", "EMPTY_MESSAGE");
        (await limited.TurnsAsync()).Select(t => t.UserMessage).Should().Equal("하나", "둘", "셋");
    }

    [Fact]
    public async Task SixtyFourRequestsMayWaitAndAllAreAnsweredInOrder()
    {
        await using var client = await ConnectWithARunningTurnAsync();

        for (var i = 1; i <= MostWaiting; i++)
        {
            await client.RequestAsync($"{i}");
        }

        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        _gate.SetResult();
        for (var i = 0; i <= MostWaiting; i++)
        {
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        (await _hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal(Enumerable.Range(0, MostWaiting + 1).Select(i => $"{i}"));
    }

    [Fact]
    public async Task OneMoreThanMayWaitClosesTheSocketWith1008()
    {
        await using var client = await ConnectWithARunningTurnAsync();

        for (var i = 1; i <= MostWaiting + 1; i++)
        {
            await client.RequestAsync($"{i}");
        }

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
    }

    [Fact]
    public async Task WhoIsInDangerIsHelpedBeforeThat()
    {
        await using var client = await ConnectWithARunningTurnAsync();

        for (var i = 1; i <= MostWaiting; i++)
        {
            await client.RequestAsync($"{i}");
        }

        await client.RequestAsync("죽고 싶어요");
        await client.RequestAsync("아직이에요");

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
        var help = client.Received.TakeLast(3).ToList();
        help.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.Complete);
        help[1].Chunk.Should().Contain("109");
        client.Received.Count(f => f.EndsATurn).Should().Be(MostWaiting + 2, "what came before is told its end before");
        (await _hub.TurnsAsync())[^1].Should().Match<StoredTurn>(t => t.UserMessage == "죽고 싶어요" && t.AiResponse == help[1].Chunk);
    }

    [Fact]
    public async Task AtTheOtherDoorItIsACompleteAnswerToo()
    {
        await using var connection = await _hub.SignalRAsync();
        _hub.Gemini.Next(Gemini.Begins("음").WaitsFor(_gate.Task).Says("끝"));
        await using var running = connection.RequestAsync("t", new { message = "0" }).GetAsyncEnumerator();
        await running.ReadToTheFirstChunkAsync();
        var waiting = Enumerable.Range(1, MostWaiting).Select(i => connection.RequestAsync("t", new { message = $"{i}" }).ReadAsync()).ToList();
        (await connection.InvokeAsync<JsonElement>("Ping", "t")).GetProperty("type").GetString().Should().Be("pong");

        var help = await connection.RequestAsync("t", new { message = "죽고 싶어요" }).ReadAsync();

        help.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.Complete);
        help[1].Chunk.Should().Contain("109");
        await Task.WhenAll(waiting);
    }

    [Fact]
    public async Task RefusalsThatWaitAreCountedToo()
    {
        await using var client = await ConnectWithARunningTurnAsync();

        for (var i = 1; i <= MostWaiting + 1; i++)
        {
            await client.RequestAsync("");
        }

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.PolicyViolation);
    }

    [Fact]
    public async Task OneSessionsTurnDoesNotDelayAnothers()
    {
        await using var first = await ConnectWithARunningTurnAsync();
        await using var other = await _hub.ConnectAsync("other");

        await other.RequestAsync("저는 기다리지 않아요");

        (await other.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        first.Received.Types().Should().NotContain(Frame.Complete);
    }

    [Fact]
    public async Task CancelEndsTheRunningTurnAndNotThoseThatWait()
    {
        await using var client = await ConnectWithARunningTurnAsync();
        await client.RequestAsync("1");
        await client.RequestAsync("2");

        await client.CancelAsync();
        for (var i = 0; i < 3; i++)
        {
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        (await _hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal("0", "1", "2");
    }

    [Fact]
    public async Task CancelRightBehindARequestIsACancelAndNoFailure()
    {
        await using var client = await _hub.ConnectAsync();

        for (var i = 0; i < 50; i++)
        {
            await client.RequestAsync("아니에요");
            await client.CancelAsync();

            var frames = await client.ReadTurnAsync();
            frames[0].Type.Should().Be(Frame.Begin);
            frames[^1].Type.Should().Be(Frame.Complete);
        }
    }

    [Fact]
    public async Task ACommandWithoutDataIsNoReasonToCloseTheSocket()
    {
        await using var client = await _hub.ConnectAsync();

        foreach (var type in (string[])["emotion_update", "vad_metrics", "cancel_ai_response", "request_ai_response"])
        {
            await client.SendAsync($$"""{"type":"{{type}}"}""");
        }

        (await client.NextAsync()).Code.Should().Be("EMPTY_MESSAGE");
    }

    [Fact]
    public async Task WhatIsNoRequestIsAnsweredWhileATurnRuns()
    {
        await using var client = await ConnectWithARunningTurnAsync();

        await client.SendAsync("{");
        await client.SendAsync("""{"type":"dance"}""");
        await client.PingAsync();

        (await client.NextAsync()).Code.Should().Be("PARSE_ERROR");
        (await client.NextAsync()).Code.Should().Be("UNKNOWN_COMMAND");
        (await client.NextAsync()).Type.Should().Be("pong");
    }

    /// <summary>The request "0" has been answered as far as the gate, and all of that is read.</summary>
    private async Task<RawSocketClient> ConnectWithARunningTurnAsync()
    {
        _hub.Gemini.Next(Gemini.Begins("잠시만요. ").WaitsFor(_gate.Task).Says("됐어요."));
        var client = await _hub.ConnectAsync();
        await client.RequestAsync("0");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    /// <summary>Turn by turn: what was said, or the code of its refusal. Fails where frames of two turns are mixed.</summary>
    private static List<string> Told(RawSocketClient client)
    {
        var told = new List<string>();
        string? said = null;
        foreach (var frame in client.Received.Where(f => f.Type != "pong"))
        {
            switch (frame.Type)
            {
                case Frame.Begin:
                    said.Should().BeNull("a turn begins after the end of the one before");
                    said = "";
                    break;
                case Frame.ChunkType:
                    said.Should().NotBeNull("a chunk belongs to a turn that has begun");
                    said += frame.Chunk;
                    break;
                default:
                    (said is null).Should().Be(frame.Type == Frame.StreamError, "a refusal stands alone, a complete ends what has begun");
                    told.Add(said ?? frame.Code!);
                    said = null;
                    break;
            }
        }

        return told;
    }
}
