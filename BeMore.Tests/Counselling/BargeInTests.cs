using BeMore.Prompts;

namespace BeMore.Tests;

/// <summary>Who cuts in is heard at once; what had been said by then is kept, and the counsellor knows that it was cut off.</summary>
public sealed class BargeInTests
{
    [Fact]
    public async Task AnAnswerThatWasCancelledIsMarkedAndTheNextPromptAloneKnowsOfIt()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(Gemini.Begins("깊이 숨을 쉬어 보시고, ").Stalls());
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("불안해요", "anxious");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.CancelAsync();
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        for (var i = 2; i <= 3; i++)
        {
            await client.RequestAsync($"{i}");
            await client.ReadTurnAsync();
        }

        (await hub.RowsAsync()).Select(r => (r.AiResponse, r.Outcome)).Should().Equal(
            ("깊이 숨을 쉬어 보시고, ", "interrupted"), (Answer, "answered"), (Answer, "answered"));
        hub.Gemini.Requests.Select(r => r.SystemInstruction!.EndsWith("\n\n" + CounsellorPrompt.AfterInterruption, StringComparison.Ordinal))
            .Should().Equal(false, true, false);
        hub.Gemini.Requests[1].Contents.Should().Equal(("user", "불안해요"), ("model", "깊이 숨을 쉬어 보시고, "), ("user", "2"));
        hub.Gemini.Requests[2].SystemInstruction.Should().NotContain(CounsellorPrompt.AfterInterruption);
    }

    [Fact]
    public async Task CancelWaitsForNoClockBeforeGeminisStreamIsClosed()
    {
        // It stands still: whoever waited for it would wait for ever.
        await using var hub = await TestHub.StartAsync(new() { ["STREAM_CHUNK_INTERVAL_MS"] = "1000" }, new ObservedTime());
        hub.Gemini.Next(Gemini.Begins("하나, ", "둘, ", "셋, ").Stalls());
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.CancelAsync();

        (await (await hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await hub.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(client.Received.Text(), "what was not shown was not said");
    }

    [Fact]
    public async Task CancelBeforeTheFirstWordKeepsASilenceThatTheNextPromptKnowsOf()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(Gemini.Hangs);
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await hub.Gemini.RequestAsync();

        await client.CancelAsync();
        var frames = await client.ReadTurnAsync();
        await client.RequestAsync("다시");
        await client.ReadTurnAsync();

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, "…", Frame.Complete);
        (await hub.RowsAsync())[0].Should().Match<KeptRow>(r => r.AiResponse == "…" && r.Outcome == "interrupted");
        hub.Gemini.Requests[^1].SystemInstruction.Should().Contain(CounsellorPrompt.AfterInterruption);
    }

    [Fact]
    public async Task WhereItIsSoConfiguredARequestCutsTheRunningAnswerOff()
    {
        await using var hub = await InterruptibleAsync();
        hub.Gemini.Next(Gemini.Begins("하나를 말하자면, ").Stalls(), Gemini.Begins("둘을 말하자면, ").Stalls(), Gemini.Says("셋이에요."));
        await using var client = await hub.ConnectAsync();

        await client.RequestAsync("하나");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("둘");
        await client.ReadUntilAsync(f => f.Chunk == "둘을 말하자면, ");
        await client.RequestAsync("셋");
        await client.ReadUntilAsync(f => f.Chunk == "셋이에요.");
        await client.ReadTurnAsync();

        client.Received.Select(f => f.Chunk ?? f.Type).Should().Equal(
            Frame.Begin, "하나를 말하자면, ", Frame.Complete, Frame.Begin, "둘을 말하자면, ", Frame.Complete, Frame.Begin, "셋이에요.", Frame.Complete);
        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(("하나", "interrupted"), ("둘", "interrupted"), ("셋", "answered"));
        hub.Gemini.Requests.Select(r => r.SystemInstruction!.Contains(CounsellorPrompt.AfterInterruption, StringComparison.Ordinal)).Should().Equal(false, true, true);
        hub.Gemini.OpenStreams.Should().Be(0);
    }

    [Fact]
    public async Task OfSeveralThatComeAtOnceTheLastIsAnsweredAndNoneIsLost()
    {
        await using var hub = await InterruptibleAsync();
        hub.Gemini.When(text => text == "0", Gemini.Begins("천천히요. ").Stalls());
        hub.Gemini.When(text => text == "9", Gemini.Says("아홉이에요."));
        hub.Gemini.Always(Gemini.Hangs);
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("0");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        for (var i = 1; i <= 9; i++)
        {
            await client.RequestAsync($"{i}");
        }

        var turns = new List<string>();
        for (var i = 1; i <= 9; i++)
        {
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
            var turn = await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            turn[0].Type.Should().Be(Frame.Begin);
            turns.Add(turn.Text());
        }

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        turns.Should().Equal([.. Enumerable.Repeat("…", 8), "아홉이에요."]);
        (await hub.RowsAsync()).OrderBy(r => r.UserMessage).Select(r => r.Outcome).Should().Equal([.. Enumerable.Repeat("interrupted", 9), "answered"]);
    }

    [Fact]
    public async Task ASignalRClientCutsInToo()
    {
        await using var hub = await InterruptibleAsync();
        hub.Gemini.Next(Gemini.Begins("하나를 말하자면, ").Stalls(), Gemini.Says("둘이에요."));
        await using var connection = await hub.SignalRAsync();
        await using var first = connection.RequestAsync("s", new { message = "하나" }).GetAsyncEnumerator();
        await first.ReadToTheFirstChunkAsync();

        var second = await connection.RequestAsync("s", new { message = "둘" }).ReadAsync();

        (await first.NextAsync()).Type.Should().Be(Frame.Complete);
        (await first.MoveNextAsync()).Should().BeFalse();
        second.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, "둘이에요.", Frame.Complete);
        (await hub.RowsAsync()).Select(r => r.Outcome).Should().Equal("interrupted", "answered");
    }

    [Fact]
    public async Task WhatIsNoRequestCutsNothingOff()
    {
        var gate = new TaskCompletionSource();
        await using var hub = await InterruptibleAsync();
        hub.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.SendAsync("""{"type":"emotion_update","data":{"emotion":"sad"}}""");
        await client.SendAsync("""{"type":"vad_metrics","data":{}}""");
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        gate.SetResult();

        (await client.ReadTurnAsync()).Text().Should().Be("둘.");
        (await hub.RowsAsync()).Should().ContainSingle().Which.Outcome.Should().Be("answered");
    }

    [Fact]
    public async Task WhatCannotBeAnsweredCutsNothingOff()
    {
        var gate = new TaskCompletionSource();
        await using var hub = await InterruptibleAsync();
        hub.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.RequestAsync(" ");
        await client.RequestAsync(new string('가', 2001));
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        gate.SetResult();

        (await client.ReadTurnAsync()).Text().Should().Be("둘.");
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("EMPTY_MESSAGE");
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("MESSAGE_TOO_LONG");
        (await hub.RowsAsync()).Should().ContainSingle().Which.Outcome.Should().Be("answered");
    }

    private const string Answer = "그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?";

    private static Task<TestHub> InterruptibleAsync() =>
        TestHub.StartAsync(new() { ["REQUEST_WHILE_ANSWERING"] = "interrupt", ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000" });
}
