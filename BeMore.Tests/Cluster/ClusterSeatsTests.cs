using System.Net;
using System.Net.WebSockets;
using BeMore.Sessions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>One connection a session on all nodes: the newest has it, through whichever door and at whichever node.</summary>
public sealed class ClusterSeatsTests : IAsyncLifetime
{
    private const WebSocketCloseStatus Superseded = (WebSocketCloseStatus)4409;

    private readonly List<IAsyncDisposable> _connections = [];
    private TwoHubs _hubs = null!;

    public async Task InitializeAsync() => _hubs = await TwoHubs.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _hubs.DisposeAsync();
    }

    [Fact]
    public async Task ASocketTakesTheSessionFromASocketOfAnotherNode()
    {
        var older = await ConnectAsync(_hubs.A);
        await older.AnswerAsync("하나");
        await older.PingAsync();
        await older.NextAsync();

        var newest = await ConnectAsync(_hubs.B);

        (await older.Closed.WaitAsync(Pulse.Patience)).Should().Be((Superseded, ""));
        await newest.AnswerAsync("둘");
        newest.Received[0].Type.Should().Be(Frame.Begin, "a newcomer is sent nothing unasked");
        _hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal(["하나", Talk.AnswerTo("하나"), "둘"], "the history is the same");
    }

    [Fact]
    public async Task WhoComesBackIsRememberedWithWhatWasSaidElsewhereMeanwhile()
    {
        string[] said = ["하나", "둘", "셋", "넷"];
        for (var i = 0; i < said.Length; i++)
        {
            var client = await ConnectAsync(i % 2 == 0 ? _hubs.A : _hubs.B);
            await client.AnswerAsync(said[i]);
            await client.PingAsync();
            await client.NextAsync();
        }

        _hubs.Gemini.Requests[^1].Contents.Where(c => c.Role == "user").Select(c => c.Text).Should().Equal(said);
    }

    [Fact]
    public async Task ASignalRConnectionTakesItFromASocketOfAnotherNodeWithItsFirstCall()
    {
        var older = await ConnectAsync(_hubs.A);
        var newest = await SignalRAsync(_hubs.B);
        await older.AnswerAsync("하나");
        older.Closed.IsCompleted.Should().BeFalse("to connect is not to name a session");

        await newest.AskAsync();

        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task ASocketTakesItFromASignalRConnectionOfAnotherNodeWhichIsTold(HttpTransportType transport)
    {
        var older = await SignalRAsync(_hubs.A, transport);
        await older.AskAsync();

        var newest = await ConnectAsync(_hubs.B);

        await older.IsSupersededAsync();
        await newest.AnswerAsync("하나");
    }

    [Fact]
    public async Task ASignalRConnectionTakesItFromASignalRConnectionOfAnotherNode()
    {
        var older = await SignalRAsync(_hubs.A);
        await older.AskAsync();
        var newest = await SignalRAsync(_hubs.B);

        await newest.AskAsync();

        await older.IsSupersededAsync();
        await newest.AskAsync();
    }

    [Fact]
    public async Task ConnectionsOfTwoNodesThatQuarrelComeToRest()
    {
        await ConnectAsync(_hubs.A);
        await ConnectAsync(_hubs.B);
        await ConnectAsync(_hubs.A);
        var holder = await ConnectAsync(_hubs.B);
        var latecomer = await SignalRAsync(_hubs.A);

        (await HandshakeProbe.AskAsync(_hubs.A.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
        (await HandshakeProbe.AskAsync(_hubs.B.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
        (await latecomer.Connection.RequestAsync("s", new { message = "안녕" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_IN_USE");
        await holder.AnswerAsync("하나");
        (await HandshakeProbe.AskAsync(_hubs.A.Socket("other"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "that is no quarrel of others");
    }

    [Fact]
    public async Task AQuarrelIsForgottenWithTheLastWhoLeaves()
    {
        await ConnectAsync(_hubs.A);
        await ConnectAsync(_hubs.B);
        await ConnectAsync(_hubs.A);
        var holder = await ConnectAsync(_hubs.B);
        (await HandshakeProbe.AskAsync(_hubs.A.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);

        await holder.CloseAsync();
        await UntilHeldAsync(null);

        await (await ConnectAsync(_hubs.A)).AnswerAsync("하나");
    }

    [Fact]
    public async Task AQuarrelOfAMinuteAgoIsNone()
    {
        await ConnectAsync(_hubs.A);
        await ConnectAsync(_hubs.B);
        await ConnectAsync(_hubs.A);
        await ConnectAsync(_hubs.B);
        (await HandshakeProbe.AskAsync(_hubs.A.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
        await AgeAsync(TimeSpan.FromSeconds(29));
        (await HandshakeProbe.AskAsync(_hubs.A.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict, "who keeps trying keeps being refused");

        await AgeAsync(TimeSpan.FromSeconds(30));

        await (await ConnectAsync(_hubs.A)).AnswerAsync("하나");
    }

    [Fact]
    public async Task OfThoseThatComeToBothNodesAtOnceOneStays()
    {
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async session =>
        {
            BeMoreApplication[] nodes = [_hubs.A, _hubs.B, _hubs.A, _hubs.B];
            var sockets = await Task.WhenAll(nodes.Select(node => node.ConnectAsync($"s{session}")));
            var closed = sockets.Select(s => s.Closed).ToList();
            for (var older = 0; older < sockets.Length - 1; older++)
            {
                var next = await Task.WhenAny(closed).WaitAsync(Pulse.Patience);
                (await next).Status.Should().Be(Superseded);
                closed.Remove(next);
            }

            var newest = sockets.Single(s => s.Closed == closed.Single());
            await newest.PingAsync();
            (await newest.NextAsync()).Type.Should().Be("pong");
            foreach (var socket in sockets)
            {
                await socket.DisposeAsync();
            }
        }));
        _hubs.A.Logs.Entries.Concat(_hubs.B.Logs.Entries).Should().NotContain(e => e.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task ASeatThatRedisLostIsSaidAgain()
    {
        var older = await ConnectAsync(_hubs.A);
        await _hubs.Redis.AskAsync(async db => await db.ExecuteAsync("FLUSHALL"));
        await UntilHeldAsync("1", TimeSpan.FromSeconds(40));

        await ConnectAsync(_hubs.B);

        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(Superseded);
    }

    [Fact]
    public async Task WhatIsKeptInRedisIsGoneWhenItIsOfNoUse()
    {
        await using (var client = await _hubs.A.ConnectAsync("s"))
        {
            await client.AnswerAsync("비밀이에요");
        }

        await UntilHeldAsync(null);
        var seats = _hubs.A.Services.GetRequiredService<SessionSeats>();
        seats.Count.Should().Be(0);

        var keys = await _hubs.Redis.AskAsync(async db => (StackExchange.Redis.RedisResult[])(await db.ExecuteAsync("KEYS", "*"))!);

        keys.Select(k => $"{k}").Where(k => !k.EndsWith("probe", StringComparison.Ordinal)).Should().BeEquivalentTo("bemore:0:session:s", "bemore:0:turns:s");
        foreach (var key in keys)
        {
            (await _hubs.Redis.AskAsync(db => db.KeyTimeToLiveAsync($"{key}"))).Should().BeLessThan(TimeSpan.FromSeconds(91), "{0} is kept for as long as somebody may come back", key);
        }
    }

    /// <summary>Everything of the session's that Redis knows has happened so much earlier.</summary>
    private async Task AgeAsync(TimeSpan by) => await _hubs.Redis.AskAsync(db => db.ScriptEvaluateAsync(
        """
        for _, name in ipairs({'changes', 'refused'}) do
          local was = redis.call('HGET', KEYS[1], name)
          redis.call('HSET', KEYS[1], name, (string.gsub(was, '%d+', function(at) return string.format('%.0f', at - ARGV[1]) end)))
        end
        """,
        ["bemore:0:session:s"],
        [(long)by.TotalMicroseconds]));

    private async Task UntilHeldAsync(string? held, TimeSpan? timeout = null)
    {
        // Redis tells nobody: it has to be asked again.
        using var clock = new CancellationTokenSource(timeout ?? Pulse.Patience);
        while (await _hubs.Redis.AskAsync(db => db.HashGetAsync("bemore:0:session:s", "held")) is var now && (string?)now != held)
        {
            await Task.Delay(20, clock.Token);
        }
    }

    private async Task<RawSocketClient> ConnectAsync(BeMoreApplication node)
    {
        var client = await node.ConnectAsync("s");
        _connections.Add(client);
        return client;
    }

    private async Task<ReconnectingClient> SignalRAsync(BeMoreApplication node, HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var client = await ReconnectingClient.StartAsync(node.Hub(), transport);
        _connections.Add(client);
        return client;
    }
}
