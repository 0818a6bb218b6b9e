using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>One connection a session: the newest has it, through whichever door, and what was being said goes on with it.</summary>
public sealed class OneConnectionTests : IAsyncLifetime
{
    private const WebSocketCloseStatus Superseded = (WebSocketCloseStatus)4409;
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EndedRequests _ended = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(
        new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, services: s => s.AddSingleton<Microsoft.AspNetCore.Hosting.IStartupFilter>(_ended));

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task TheNewestSocketHasTheSessionAndTheOlderIsClosedWithACodeOfItsOwn()
    {
        await using var older = await _hub.ConnectAsync();
        await older.PingAsync();
        await older.NextAsync();

        await using var newest = await _hub.ConnectAsync();

        (await older.Closed.WaitAsync(Pulse.Patience)).Should().Be((Superseded, ""));
        older.Received.Types().Should().Equal("pong");
        await newest.RequestAsync("안녕하세요");
        (await newest.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        newest.Received[0].Type.Should().Be(Frame.Begin, "a newcomer is sent nothing unasked");
    }

    [Fact]
    public async Task OtherSessionsKeepTheirs()
    {
        await using var other = await _hub.ConnectAsync("other");
        await using var older = await _hub.ConnectAsync();
        await using var newest = await _hub.ConnectAsync();
        await older.Closed.WaitAsync(Pulse.Patience);

        await other.PingAsync();

        (await other.NextAsync()).Type.Should().Be("pong");
    }

    [Fact]
    public async Task ASignalRConnectionTakesTheSessionFromASocketWithItsFirstCall()
    {
        await using var older = await _hub.ConnectAsync();
        await using var connection = await _hub.SignalRAsync();
        await older.PingAsync();
        (await older.NextAsync()).Type.Should().Be("pong", "to connect is not to name a session");

        (await connection.RequestAsync("s", new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);

        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task ASocketTakesTheSessionFromASignalRConnectionWhichIsToldAndDoesNotComeBack(HttpTransportType transport)
    {
        await using var older = await Observed.StartAsync(_hub, transport);
        await older.AskAsync();

        await using var newest = await _hub.ConnectAsync();

        await older.IsSupersededAsync();
        await newest.PingAsync();
        (await newest.NextAsync()).Type.Should().Be("pong");
        await UntilConnectedAsync(1);
    }

    [Fact]
    public async Task ASignalRConnectionTakesTheSessionFromAnother()
    {
        await using var older = await Observed.StartAsync(_hub);
        await older.AskAsync();
        await using var newest = await Observed.StartAsync(_hub);

        await newest.AskAsync();

        await older.IsSupersededAsync();
        await newest.AskAsync();
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
        await using var older = await Observed.StartAsync(_hub);
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
    public async Task TheLastToLeaveLeavesNothingBehind()
    {
        await using (var first = await _hub.ConnectAsync())
        await using (var second = await _hub.ConnectAsync())
        await using (var other = await _hub.ConnectAsync("other"))
        await using (var connection = await Observed.StartAsync(_hub))
        {
            await connection.AskAsync("a");
            await connection.AskAsync("b");
            await first.Closed.WaitAsync(Pulse.Patience);
            await UntilConnectedAsync(4);
            await second.CloseAsync();
            await UntilConnectedAsync(3);
            other.Abort();
            await UntilConnectedAsync(2);
        }

        await UntilConnectedAsync(0);
    }

    [Fact]
    public async Task OneSignalRConnectionUsesSoManySessionsAndNoMore()
    {
        await using var connection = await Observed.StartAsync(_hub);
        for (var session = 1; session <= 32; session++)
        {
            await connection.AskAsync($"s{session}");
        }

        (await connection.Connection.RequestAsync("s33", new { message = "" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");

        await UntilConnectedAsync(32);
        await connection.AskAsync("s1");
        (await _hub.RowAsync("SELECT count(*) FROM sessions")).Should().Be("32");
    }

    private async Task<RawSocketClient> BeginAsync()
    {
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        var client = await _hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    private Task UntilConnectedAsync(int sessions)
    {
        var seats = _hub.App.Services.GetRequiredService<BeMore.Sessions.SessionSeats>();
        return _ended.UntilAsync(() => seats.Count == sessions, () => $"{seats.Count} sessions have a connection, not {sessions}");
    }

    /// <summary>A SignalR client that would come back by itself, if it were let.</summary>
    private sealed class Observed : IAsyncDisposable
    {
        private readonly TaskCompletionSource<JsonElement> _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reconnects;

        private Observed(HubConnection connection)
        {
            Connection = connection;
            connection.On<JsonElement>("SessionSuperseded", told => _superseded.TrySetResult(told));
            connection.Reconnecting += _ =>
            {
                Interlocked.Increment(ref _reconnects);
                return Task.CompletedTask;
            };
            connection.Closed += _ =>
            {
                _closed.TrySetResult();
                return Task.CompletedTask;
            };
        }

        public HubConnection Connection { get; }

        public static async Task<Observed> StartAsync(TestHub hub, HttpTransportType transport = HttpTransportType.WebSockets)
        {
            var observed = new Observed(new HubConnectionBuilder().WithUrl(hub.App.Hub(), transport).WithAutomaticReconnect().Build());
            await observed.Connection.StartAsync();
            return observed;
        }

        /// <summary>Uses a session, and is answered without a turn.</summary>
        public async Task AskAsync(string session = "s") =>
            (await Connection.RequestAsync(session, new { message = "" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("EMPTY_MESSAGE");

        public async Task IsSupersededAsync()
        {
            (await _superseded.Task.WaitAsync(Pulse.Patience)).GetRawText().Should().Be("""{"type":"session_superseded","data":{"sessionId":"s","code":4409}}""");
            await _closed.Task.WaitAsync(Pulse.Patience);
            _reconnects.Should().Be(0, "it was told not to");
        }

        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }
}
