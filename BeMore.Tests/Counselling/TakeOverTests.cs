using System.Net.WebSockets;

namespace BeMore.Tests;

/// <summary>What was being said when a newer connection took the session goes on with that one.</summary>
public sealed class TakeOverTests : IAsyncLifetime
{
    private const WebSocketCloseStatus Superseded = (WebSocketCloseStatus)4409;
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestHub _hub = null!;

    // Gemini's own deadline is not what ends a stream here.
    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task InMidAnswerANewSocketIsToldWhatWasSaidInOneChunkThenTheRestAndAllThatWaited()
    {
        await using var older = await BeginAsync();
        await older.RequestAsync("그리고요");
        await older.PingAsync();
        await older.NextAsync();

        await using var newest = await _hub.ConnectAsync();
        var frames = new List<Frame> { await newest.NextAsync(), await newest.NextAsync() };
        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
        _hub.Gemini.Next(Gemini.Says("네, 듣고 있어요."));
        await newest.RequestAsync("마지막으로요");
        _gate.SetResult();
        frames.AddRange(await newest.ReadTurnAsync());

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete);
        (await newest.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, "네, 듣고 있어요.", Frame.Complete);
        (await newest.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        older.Received.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, "pong");
        (await _hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal("음", "그리고요", "마지막으로요");
        (await _hub.TurnsAsync())[0].AiResponse.Should().Be(First + Rest);
        _hub.Gemini.Requests.Should().HaveCount(3, "nothing is asked twice");
    }

    [Fact]
    public async Task InMidAnswerANewSignalRConnectionIsToldTheSameWhenItAsksForTheRest()
    {
        await using var older = await BeginAsync();
        await older.RequestAsync("그리고요");
        await older.PingAsync();
        await older.NextAsync();

        await using var connection = await _hub.SignalRAsync();
        await using var stream = connection.ResumeAsync("s").GetAsyncEnumerator();
        var frames = new List<Frame> { await stream.NextAsync(), await stream.NextAsync() };
        _hub.Gemini.Next(Gemini.Says("네, 듣고 있어요."));
        _gate.SetResult();
        while (await stream.MoveNextAsync().AsTask().WaitAsync(Pulse.Patience))
        {
            frames.Add(Frame.Parse(stream.Current.GetRawText()));
        }

        frames.Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First, Rest, Frame.Complete, Frame.Begin, "네, 듣고 있어요.", Frame.Complete);
        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
        (await _hub.TurnsAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task InMidAnswerOfASignalRConnectionANewSocketIsToldTheSame()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        await using var older = await ReconnectingClient.StartAsync(_hub);
        await older.Connection.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator().ReadToTheFirstChunkAsync();

        await using var newest = await _hub.ConnectAsync();
        await older.IsSupersededAsync();
        _gate.SetResult();

        var told = await newest.ReadTurnAsync();
        told.Text().Should().Be(First + Rest);
        told.Types().Should().StartWith([Frame.Begin, Frame.ChunkType]).And.EndWith(Frame.Complete);
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(First + Rest);
    }

    [Fact]
    public async Task ThePublishedClientIsToldAndClosed()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        await using var older = NodeClient.Start(_hub.App.Hub(), "WebSockets", "s", "음");
        await older.WaitForAsync("item", 2);

        await using var newest = await _hub.ConnectAsync();
        await older.WaitForAsync("closed");

        var told = older.Events.Single(e => e.Event == "superseded").Item;
        told.GetRawText().Should().Be("""{"type":"session_superseded","data":{"sessionId":"s","code":4409}}""");
        _gate.SetResult();
        (await newest.ReadTurnAsync()).Text().Should().Be(First + Rest);
    }

    private async Task<RawSocketClient> BeginAsync()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        var client = await _hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }
}
