using System.Net.WebSockets;
using BeMore.Cluster;
using BeMore.Counselling;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>Who comes back to another node while an answer runs on the first hears it there, and what is said there waits for its end.</summary>
public sealed class HandoverTests : IAsyncLifetime
{
    private const WebSocketCloseStatus Superseded = (WebSocketCloseStatus)4409;
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TwoHubs _hubs = null!;

    public async Task InitializeAsync() => _hubs = await TwoHubs.StartAsync();

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hubs.DisposeAsync();
    }

    [Fact]
    public async Task InMidAnswerANewSocketElsewhereIsToldWhatWasSaidInOneChunkThenTheRestAndAllThatWaited()
    {
        await using var older = await BeginAsync();
        await older.RequestAsync("그리고요");
        await older.PingAsync();
        await older.NextAsync();

        await using var newest = await _hubs.B.ConnectAsync("s");
        var frames = new List<Frame> { await newest.NextAsync(), await newest.NextAsync() };
        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
        await newest.RequestAsync("마지막으로요");
        _gate.SetResult();
        frames.AddRange(await newest.ReadTurnAsync());

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await newest.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("그리고요"));
        (await newest.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("마지막으로요"));
        older.Received.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, "pong");
        (await _hubs.RowsAsync()).Select(r => r.UserMessage).Should().Equal("음", "그리고요", "마지막으로요");
        (await _hubs.RowsAsync())[0].AiResponse.Should().Be(First + Rest);
        _hubs.Gemini.Requests.Should().HaveCount(3, "nothing is asked twice");
        (_hubs.A.Logs.AllText + _hubs.B.Logs.AllText).Should().NotContain(First.Trim()).And.NotContain(Rest).And.NotContain("그리고요");
    }

    [Fact]
    public async Task ALostSocketThatComesBackElsewhereHearsTheRest()
    {
        await LoseAsync();

        await using var client = await _hubs.B.ConnectAsync("s");
        var frames = new List<Frame> { await client.NextAsync(), await client.NextAsync() };
        _hubs.A.Services.GetRequiredService<TurnRegistry>().Counts.Running.Should().Be(1);
        _hubs.B.Services.GetRequiredService<TurnRegistry>().Counts.Running.Should().Be(0, "it is counted where it runs");
        _gate.SetResult();
        frames.AddRange(await client.ReadTurnAsync());

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await _hubs.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(First + Rest);
    }

    [Fact]
    public async Task AnAnswerThatEndedMeanwhileIsToldWholeAndOnce()
    {
        await LoseAsync();
        _gate.SetResult();
        await EndedAsync(_hubs.A);

        await using (var client = await _hubs.B.ConnectAsync("s"))
        {
            var told = await client.ReadTurnAsync();
            told.Types().Should().StartWith(Frame.Begin).And.EndWith(Frame.Complete);
            told.Text().Should().Be(First + Rest);
            await client.AnswerAsync("둘");
            await client.CloseAsync();
        }

        await using var again = await _hubs.A.ConnectAsync("s");
        await again.PingAsync();
        (await again.NextAsync()).Type.Should().Be("pong", "it was told");
    }

    [Fact]
    public async Task WhatWasToldIsNotToldAgainElsewhere()
    {
        await using (var client = await _hubs.A.ConnectAsync("s"))
        {
            await client.AnswerAsync("하나");
            await client.CloseAsync();
        }

        await using var again = await _hubs.B.ConnectAsync("s");
        await again.PingAsync();

        (await again.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task ACancelElsewhereEndsTheAnswerWhereItIs()
    {
        await LoseAsync();
        await using var client = await _hubs.B.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.CancelAsync();

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await (await _hubs.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _hubs.RowsAsync()).Should().ContainSingle().Which.Should().Match<KeptRow>(r => r.AiResponse == First && r.Outcome == "interrupted");
        await client.AnswerAsync("둘");
    }

    [Fact]
    public async Task WhoIsInDangerCutsOffAnAnswerThatRunsElsewhere()
    {
        await LoseAsync();
        await using var client = await _hubs.B.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.RequestAsync("죽고 싶어요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await client.ReadTurnAsync()).Text().Should().Contain("109");
        (await _hubs.RowsAsync()).Select(r => r.Outcome).Should().Equal("interrupted", "answered");
    }

    [Fact]
    public async Task ADangerThatASessionRemembersGoesWithIt()
    {
        await using (var client = await _hubs.A.ConnectAsync("s"))
        {
            await client.RequestAsync("죽고 싶어요");
            await client.ReadTurnAsync();
        }

        await using var again = await _hubs.B.ConnectAsync("s");
        await again.AnswerAsync("오늘은 날씨가 좋네요");
        await using var other = await _hubs.B.ConnectAsync("other");
        await other.AnswerAsync("오늘은 날씨가 좋네요");

        _hubs.Gemini.Requests[^2].SystemInstruction!.Length.Should().BeGreaterThan(_hubs.Gemini.Requests[^1].SystemInstruction!.Length, "it is asked about");
    }

    [Fact]
    public async Task AnAnswerMayGoFromNodeToNodeAndBack()
    {
        await LoseAsync();
        foreach (var node in (BeMoreApplication[])[_hubs.B, _hubs.A, _hubs.B])
        {
            await using var client = await node.ConnectAsync("s");
            (await client.NextAsync()).Type.Should().Be(Frame.Begin);
            (await client.NextAsync()).Chunk.Should().Be(First);
            client.Abort();
        }

        await using var last = await _hubs.A.ConnectAsync("s");
        _gate.SetResult();

        var told = await last.ReadTurnAsync();
        told.Types().Should().StartWith(Frame.Begin).And.EndWith(Frame.Complete);
        told.Text().Should().Be(First + Rest);
        await last.AnswerAsync("둘");
        last.Received.Count(f => f.Type == Frame.Begin).Should().Be(2, "every word was told once");
        // What a client heard before it spoke last is not told again to who takes its session.
        await last.PingAsync();
        (await last.NextAsync()).Type.Should().Be("pong");
        await using var again = await _hubs.B.ConnectAsync("s");
        await again.PingAsync();
        (await again.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task WhatWaitsAtAnotherNodeIsAnsweredInItsOrderHoweverLongWhatCameBeforeItRuns()
    {
        await LoseAsync();
        await using (var elsewhere = await _hubs.B.ConnectAsync("s"))
        {
            await elsewhere.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await elsewhere.RequestAsync("둘");
            await elsewhere.PingAsync();
            await elsewhere.ReadUntilAsync(f => f.Type == "pong");
        }

        await using var back = await _hubs.A.ConnectAsync("s");
        await back.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        // Longer than a node waits for one that does not ask; the nodes' clocks are real, because Redis's is.
        await Task.Delay(Handover.Silence + TimeSpan.FromSeconds(1));
        _hubs.Gemini.Requests.Should().HaveCount(1, "what waits there waits for the end of what runs here");
        _gate.SetResult();

        (await back.ReadTurnAsync()).Text().Should().Be(Rest);
        (await back.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("둘"));
        _hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("음", First + Rest, "둘");
    }

    [Fact]
    public async Task ASignalRClientAsksForTheRestAtAnotherNode()
    {
        await LoseAsync();
        await using var connection = await _hubs.B.SignalRAsync();
        await using var stream = connection.ResumeAsync("s").GetAsyncEnumerator();
        var frames = new List<Frame> { await stream.NextAsync(), await stream.NextAsync() };
        _gate.SetResult();
        frames.AddRange([await stream.NextAsync(), await stream.NextAsync()]);

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await stream.MoveNextAsync()).Should().BeFalse();
        (await connection.ResumeAsync("s").ReadAsync()).Should().BeEmpty("it was delivered");
    }

    [Fact]
    public async Task WhatASignalRClientSaysAtAnotherNodeWaitsForTheEndOfWhatItDoesNotAskFor()
    {
        await LoseAsync();
        await using var connection = await _hubs.B.SignalRAsync();
        var asked = connection.RequestAsync("s", new { message = "둘" }).ReadAsync();
        await _hubs.B.Logs.WaitForAsync(e => e.Event.Name == "TurnsInherited");
        _hubs.Gemini.Requests.Should().HaveCount(1);

        _gate.SetResult();

        (await asked).Text().Should().Be(Talk.AnswerTo("둘"));
        _hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("음", First + Rest, "둘");
    }

    [Fact]
    public async Task AnAnswerThatFailsElsewhereFailsHere()
    {
        await LoseAsync(Gemini.Begins(First).WaitsFor(_gate.Task).Then(reply => throw new IOException("Gemini broke.")));
        await using var client = await _hubs.B.ConnectAsync("s");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        _gate.SetResult();

        // How it ends is the pipeline's business; that it ends as it did there is told.
        var end = (await client.ReadTurnAsync())[^1];
        var logged = await EndedAsync(_hubs.A);
        logged.State.Should().Contain(KeyValuePair.Create("Outcome", (string?)(end.Code ?? "COMPLETE")));
        await client.AnswerAsync("둘");
    }

    private async Task<RawSocketClient> BeginAsync(GeminiScript? script = null)
    {
        _hubs.Gemini.Next(script ?? Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        var client = await _hubs.A.ConnectAsync("s");
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    private async Task LoseAsync(GeminiScript? script = null)
    {
        await using var client = await BeginAsync(script);
        client.Abort();
    }

    private static Task<LogEntry> EndedAsync(BeMoreApplication hub) => hub.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
}
