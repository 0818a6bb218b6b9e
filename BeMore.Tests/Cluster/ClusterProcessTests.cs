using System.Net;
using System.Net.WebSockets;

namespace BeMore.Tests;

/// <summary>Two hubs as processes of their own, of which one is killed or stands still.</summary>
public sealed class ClusterProcessTests : IAsyncLifetime
{
    private readonly TwoHubProcesses _hubs = new() { TurnsPerMinute = 100 };

    public Task InitializeAsync() => _hubs.InitializeAsync();

    public Task DisposeAsync() => _hubs.DisposeAsync();

    [Fact]
    public async Task TheSessionsOfAKilledNodeGoOnAtTheOtherWithTheirHistory()
    {
        await using var nginx = await _hubs.BehindNginxAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => nginx.ConnectAsync($"s{i}")));
        await Task.WhenAll(clients.Select((client, i) => client.AnswerAsync($"{i}의 첫마디")));

        await KillAsync(_hubs.A);

        var lost = 0;
        for (var i = 0; i < clients.Length; i++)
        {
            var isLost = await IsLostAsync(clients[i]);
            lost += isLost ? 1 : 0;
            await using var client = isLost ? await nginx.ConnectAsync($"s{i}") : clients[i];
            await client.AnswerAsync("둘째 말");
            _hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal($"{i}의 첫마디", Talk.AnswerTo($"{i}의 첫마디"), "둘째 말");
            await clients[i].DisposeAsync();
        }

        lost.Should().BeInRange(1, clients.Length - 1);
    }

    [Fact]
    public async Task AKilledNodeIsNoPartyToAQuarrel()
    {
        await using var older = await ConnectAsync(_hubs.A);
        await KillAsync(_hubs.A);
        var clients = new List<RawSocketClient> { await ConnectAsync(_hubs.B) };

        for (var change = 0; change < 3; change++)
        {
            clients.Add(await ConnectAsync(_hubs.B));
        }

        (await HandshakeProbe.AskAsync(new Uri(await _hubs.B.WaitForListeningAsync(), "ws/session/s"))).Status.Should().Be(HttpStatusCode.Conflict);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhoHearsAnAnswerOfANodeThatIsKilledIsToldThatItEnds()
    {
        _hubs.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        await using (var lost = await ConnectAsync(_hubs.A))
        {
            await lost.RequestAsync("음");
            await lost.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            lost.Abort();
        }

        await using var client = await ConnectAsync(_hubs.B);
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("둘");

        await KillAsync(_hubs.A);

        (await client.ReadTurnAsync())[^1].Code.Should().Be("AI_UNAVAILABLE");
        (await client.ReadTurnAsync()).Text().Should().Be(Talk.AnswerTo("둘"));
    }

    [Fact]
    public async Task ANodeThatStandsStillHoldsNobodyUpAndFindsItsSessionsGone()
    {
        await using var older = await ConnectAsync(_hubs.A);
        await older.AnswerAsync("하나");
        await _hubs.A.SignalAsync("STOP");

        await using var newer = await ConnectAsync(_hubs.B);
        await newer.AnswerAsync("둘");
        await _hubs.A.SignalAsync("CONT");

        (await older.Closed.WaitAsync(TimeSpan.FromSeconds(60))).Status.Should().Be((WebSocketCloseStatus)4409);
        await newer.AnswerAsync("셋");
    }

    /// <summary>Whoever was at the other node is still there.</summary>
    private static async Task<bool> IsLostAsync(RawSocketClient client)
    {
        try
        {
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            return false;
        }
        catch (Exception over) when (over is WebSocketException or InvalidOperationException)
        {
            return true;
        }
    }

    private static async Task KillAsync(HubProcess process)
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    private static Task<RawSocketClient> ConnectAsync(HubProcess process) => process.ConnectAsync("s");
}
