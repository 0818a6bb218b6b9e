using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using BeMore.Counselling;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>
/// What is done at one hub holds at the other, where each is a process of its own: they share Redis and the database, and nothing else.
/// Every test has a session of its own.
/// </summary>
public sealed class TwoProcessesTests(TwoHubProcesses hubs) : IClassFixture<TwoHubProcesses>, IDisposable
{
    private const string First = "천천히 이야기해 볼까요. ";

    private readonly string _session = Guid.NewGuid().ToString();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => _gate.TrySetResult();

    [Fact]
    public async Task ASocketTakesTheSessionFromTheOtherProcess()
    {
        await using var older = await hubs.A.ConnectAsync(_session);
        await older.AnswerAsync("하나");
        // Whoever speaks has heard what came before: it is not told again to who takes the session.
        await older.PingAsync();
        await older.ReadUntilAsync(f => f.Type == "pong");

        await using var newest = await hubs.B.ConnectAsync(_session);

        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
        await newest.AnswerAsync("둘");
        hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("하나", Talk.AnswerTo("하나"), "둘");
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task ASignalRClientIsToldThatTheOtherProcessHasItsSession(HttpTransportType transport)
    {
        await using var older = Connection(new Uri(await hubs.A.WaitForListeningAsync(), "hubs/counselling"), transport);
        var told = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        older.On<JsonElement>("SessionSuperseded", item => told.TrySetResult(item));
        await older.StartAsync();
        (await older.RequestAsync(_session, new { message = "하나" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        // Whoever speaks has heard what came before.
        await older.InvokeAsync<JsonElement>("Ping", _session).WaitAsync(Pulse.Patience);

        await using var newest = await hubs.B.ConnectAsync(_session);

        (await told.Task.WaitAsync(Pulse.Patience)).GetProperty("data").GetProperty("sessionId").GetString().Should().Be(_session);
        await newest.AnswerAsync("둘");
    }

    [Fact]
    public async Task TheLimitIsOneOfBothProcesses()
    {
        (await AskAsync(hubs.A)).Should().Be(Frame.Complete);
        (await AskAsync(hubs.B)).Should().Be(Frame.Complete);
        (await AskAsync(hubs.A)).Should().Be(Frame.Complete);

        (await AskAsync(hubs.B)).Should().Be("RATE_LIMITED");
        (await AskAsync(hubs.A)).Should().Be("RATE_LIMITED");
    }

    [Fact]
    public async Task ACancelReachesTheProcessThatRunsTheTurn()
    {
        await using (var lost = await BeginAtAAsync())
        {
            lost.Abort();
        }

        await using var client = await hubs.B.ConnectAsync(_session);
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        var asked = hubs.Gemini.Requests[^1];

        await client.CancelAsync();

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await asked.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await hubs.RowsAsync()).Single(r => r.SessionId == _session).Should().Match<KeptRow>(r => r.AiResponse == First && r.Outcome == "interrupted");
        await client.AnswerAsync("둘");
    }

    [Theory]
    [InlineData("POST", "/end", null)]
    [InlineData("DELETE", "", "SESSION_EXPIRED")]
    public async Task AnEndReachesTheProcessThatRunsTheTurn(string method, string call, string? code)
    {
        await using var client = await BeginAtAAsync();
        var asked = hubs.Gemini.Requests[^1];

        using var http = new HttpClient { BaseAddress = await hubs.B.WaitForListeningAsync() };
        using var request = new HttpRequestMessage(new HttpMethod(method), $"api/session/{_session}{call}");
        (await http.SendAsync(request)).StatusCode.Should().Be(HttpStatusCode.OK);

        (await client.ReadTurnAsync())[^1].Code.Should().Be(code);
        (await asked.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await client.TurnAsync("또요"))[^1].Code.Should().Be("SESSION_EXPIRED");
    }

    /// <summary>A third hub pushes, in the test's process: the hubs themselves push to nobody but whom they have.</summary>
    [Fact]
    public async Task APushReachesConnectionsOfOtherProcessesThroughEitherDoor()
    {
        await using var third = await BeMoreApplication.StartAsync(settings: hubs.Settings);
        await TwoHubs.JoinedAsync(third);
        var push = third.Services.GetRequiredService<IHubContext<CounsellingHub>>();
        var told = Channel.CreateUnbounded<string>();
        await using var atA = Connection(new Uri(await hubs.A.WaitForListeningAsync(), "hubs/counselling"), HttpTransportType.WebSockets);
        atA.On<JsonElement>("Told", item => told.Writer.TryWrite(item.GetProperty("data").GetProperty("sessionId").GetString()!));
        await atA.StartAsync();
        await using var atB = await hubs.B.ConnectAsync(_session);
        await atB.PingAsync();
        await atB.ReadUntilAsync(f => f.Type == "pong");

        await UntilToldAsync(push.Clients.Client(atA.ConnectionId!), "one");
        await push.Groups.AddToGroupAsync(atA.ConnectionId!, "g").WaitAsync(Pulse.Patience);
        await UntilToldAsync(push.Clients.Group("g"), "group");
        await UntilToldAsync(push.Clients.All, "all");
        (await atB.NextAsync()).Raw.Should().Contain("\"all\"", "what was for one or for a group was not for it");

        // Again where nothing came: a connection is heard of by the other hubs a moment after it is there.
        async Task UntilToldAsync(IClientProxy to, string word)
        {
            for (var left = 50; ; left--)
            {
                await to.SendAsync("Told", new Superseded(word));
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
                try
                {
                    while (await told.Reader.ReadAsync(patience.Token) != word)
                    {
                    }

                    return;
                }
                catch (OperationCanceledException) when (left > 0)
                {
                }
            }
        }
    }

    [Fact]
    public async Task LongPollingGoesOnFromAnotherAddressWhichAloneWouldBeSentToTheOtherProcess()
    {
        await using var nginx = await hubs.BehindNginxAsync();
        var address = new Dictionary<string, IPAddress>();
        for (var last = 2; address.Count < 2; last++)
        {
            var from = IPAddress.Parse($"127.0.0.{last}");
            using var http = new HttpClient(LoopbackClient.From(() => from));
            await http.GetAsync(new Uri(nginx.Http, string.Create(CultureInfo.InvariantCulture, $"api/nothing/{last}")));
            address.TryAdd((await nginx.AskedAsync(line => line.Contains($"/api/nothing/{last} ", StringComparison.Ordinal))).Single(), from);
        }

        var (hub, other) = (address.Keys.First(), address.Keys.Last());
        var now = address[hub];
        await using var connection = new HubConnectionBuilder()
            .WithUrl(nginx.Hub(), HttpTransportType.LongPolling, o => o.HttpMessageHandlerFactory = _ => LoopbackClient.From(() => now))
            .Build();
        await connection.StartAsync();
        (await connection.RequestAsync(_session, new { message = "하나" }).ReadAsync()).Text().Should().Be(Talk.AnswerTo("하나"));

        now = address[other];

        (await connection.RequestAsync(_session, new { message = "둘" }).ReadAsync()).Text().Should().Be(Talk.AnswerTo("둘"));
        foreach (var method in (string[])["POST", "GET"])
        {
            (await nginx.AskedAsync(line => line.StartsWith($"{now} ", StringComparison.Ordinal) && line.Contains($" {method} /hubs/counselling 200 ", StringComparison.Ordinal)))
                .Should().Equal([other, hub], "the one that did not know the connection was asked first");
        }
    }

    private static HubConnection Connection(Uri hub, HttpTransportType transport) => new HubConnectionBuilder().WithUrl(hub, transport).Build();

    /// <summary>A turn whose answer has begun, and does not go on by itself.</summary>
    private async Task<RawSocketClient> BeginAtAAsync()
    {
        hubs.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says("무엇이 가장 힘드신가요?"));
        var client = await hubs.A.ConnectAsync(_session);
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    /// <summary>How the request ended: its code, or the type of its last frame.</summary>
    private async Task<string> AskAsync(HubProcess hub)
    {
        await using var client = await hub.ConnectAsync(_session);
        var last = (await client.TurnAsync("안녕하세요"))[^1];
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        await client.CloseAsync();
        return last.Code ?? last.Type;
    }
}
