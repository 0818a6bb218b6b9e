namespace BeMore.Tests;

/// <summary>protocol.md, section 1: a turn belongs to its session and not to its connection; who comes back is told every word exactly once.</summary>
public sealed class ResumeTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ObservedTime _time = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        _hub = await TestHub.StartAsync(
            new()
            {
                ["RESUME_GRACE_SECONDS"] = $"{Grace.TotalSeconds}",
                // The clock leaps over the grace: Gemini's own deadline is not what ends the turn.
                ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
            },
            _time);
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task ARawSocketThatComesBackIsToldWhatWasSaidInOneChunkAndThenTheRest()
    {
        await LoseARawSocketAsync();

        await using var client = await _hub.ConnectAsync();
        var frames = new List<Frame> { await client.NextAsync(), await client.NextAsync() };
        _gate.SetResult();
        frames.AddRange(await client.ReadTurnAsync());

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(First + Rest);
    }

    [Fact]
    public async Task AnAnswerThatEndedMeanwhileIsToldWholeInOneChunk()
    {
        await LoseARawSocketAsync();
        _gate.SetResult();
        await TurnEndedAsync();

        await using var client = await _hub.ConnectAsync();

        (await client.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First + Rest, Frame.Complete);
    }

    [Fact]
    public async Task WhatWaitedBehindALostAnswerIsToldAfterIt()
    {
        await using (var lost = await BeginOnARawSocketAsync())
        {
            await lost.RequestAsync("그리고요");
            await lost.PingAsync();
            await lost.ReadUntilAsync(f => f.Type == "pong");
            lost.Abort();
        }

        await _time.WaitBeganAsync(Grace, count: 2);
        _hub.Gemini.Next(Gemini.Says("네, 듣고 있어요."));
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("마지막으로요");
        _gate.SetResult();

        (await client.ReadTurnAsync()).Text().Should().Be(First + Rest);
        (await client.ReadTurnAsync()).Text().Should().Be("네, 듣고 있어요.");
        (await client.ReadTurnAsync()).Text().Should().NotBeEmpty();
        (await _hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal("음", "그리고요", "마지막으로요");
    }

    [Fact]
    public async Task AnAnswerThatWasDeliveredIsNotToldAgain()
    {
        _gate.SetResult();
        await using (var client = await BeginOnARawSocketAsync())
        {
            await client.ReadTurnAsync();
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            client.Abort();
        }

        await using var again = await _hub.ConnectAsync();
        await again.PingAsync();

        (await again.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task ASocketMayBeLostAgainAndAgain()
    {
        await LoseARawSocketAsync();
        for (var lost = 2; lost <= 4; lost++)
        {
            await using (var client = await _hub.ConnectAsync())
            {
                (await client.NextAsync()).Type.Should().Be(Frame.Begin);
                (await client.NextAsync()).Chunk.Should().Be(First);
                client.Abort();
            }

            await _time.WaitBeganAsync(Grace, lost);
        }

        _gate.SetResult();
        await using var last = await _hub.ConnectAsync();

        (await last.ReadTurnAsync()).Text().Should().Be(First + Rest);
    }

    [Fact]
    public async Task ASocketThatWasClosedProperlyMayComeBackToo()
    {
        await using (var client = await BeginOnARawSocketAsync())
        {
            await client.CloseAsync();
        }

        await _time.WaitBeganAsync(Grace);
        await using var again = await _hub.ConnectAsync();
        _gate.SetResult();

        (await again.ReadTurnAsync()).Text().Should().Be(First + Rest);
    }

    [Fact]
    public async Task WhoComesBackWithinTheGraceFindsTheAnswerAndWhoDoesNotLeavesItStoredAsFarAsItCame()
    {
        await LoseARawSocketAsync();
        _time.Advance(Grace - TimeSpan.FromMilliseconds(1));
        await using (var client = await _hub.ConnectAsync())
        {
            (await client.NextAsync()).Type.Should().Be(Frame.Begin);
            // The first loss's time is over now, but it is not lost any more.
            _time.Advance(TimeSpan.FromSeconds(1));
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            _hub.Gemini.OpenStreams.Should().Be(1);
            client.Abort();
        }

        await _time.WaitBeganAsync(Grace, count: 2);
        _time.Advance(Grace);

        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        await TurnEndedAsync();
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(First);
        await using var late = await _hub.ConnectAsync();
        await late.PingAsync();
        (await late.NextAsync()).Type.Should().Be("pong", "it was given up");
    }

    [Fact]
    public async Task ASignalRClientAsksForTheRestOfWhatItsLostConnectionLeft()
    {
        await using (var lost = await _hub.SignalRAsync())
        {
            await lost.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator().ReadToTheFirstChunkAsync();
        }

        await _time.WaitBeganAsync(Grace);
        _hub.Gemini.OpenStreams.Should().Be(1, "a lost connection does not end the turn");
        await using var connection = await _hub.SignalRAsync();
        await using var stream = connection.ResumeAsync("s").GetAsyncEnumerator();
        var frames = new List<Frame> { await stream.NextAsync(), await stream.NextAsync() };
        _gate.SetResult();
        frames.AddRange([await stream.NextAsync(), await stream.NextAsync()]);

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await stream.MoveNextAsync()).Should().BeFalse();
        (await connection.ResumeAsync("s").ReadAsync()).Should().BeEmpty("it was delivered");
    }

    [Fact]
    public async Task WhatOneDoorLostTheOtherMayResume()
    {
        await LoseARawSocketAsync();
        await using var connection = await _hub.SignalRAsync();
        _gate.SetResult();

        (await connection.ResumeAsync("s").ReadAsync()).Text().Should().Be(First + Rest);
    }

    [Fact]
    public async Task NobodyIsToldWhatAnotherSessionLost()
    {
        await LoseARawSocketAsync();
        await using var connection = await _hub.SignalRAsync();
        await using var client = await _hub.ConnectAsync("other");

        await client.PingAsync();

        (await client.NextAsync()).Type.Should().Be("pong");
        (await connection.ResumeAsync("other").ReadAsync()).Should().BeEmpty();
    }

    private async Task<RawSocketClient> BeginOnARawSocketAsync()
    {
        var client = await _hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    /// <summary>Returns when the hub has noticed.</summary>
    private async Task LoseARawSocketAsync()
    {
        await using (var client = await BeginOnARawSocketAsync())
        {
            client.Abort();
        }

        await _time.WaitBeganAsync(Grace);
    }

    private Task<LogEntry> TurnEndedAsync() => _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
}
