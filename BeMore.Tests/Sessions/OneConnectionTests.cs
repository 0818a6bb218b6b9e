using System.Net.WebSockets;
using System.Text.Json;
using BeMore.Sessions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BeMore.Tests;

/// <summary>One connection a session: the newest has it, through whichever door.</summary>
public sealed class OneConnectionTests : IAsyncLifetime
{
    private const WebSocketCloseStatus Superseded = (WebSocketCloseStatus)4409;

    private readonly EndedRequests _ended = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(services: s => s.AddSingleton<IStartupFilter>(_ended));

    public async Task DisposeAsync() => await _hub.DisposeAsync();

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
        await using var older = await ReconnectingClient.StartAsync(_hub, transport);
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
        await using var older = await ReconnectingClient.StartAsync(_hub);
        await older.AskAsync();
        await using var newest = await ReconnectingClient.StartAsync(_hub);

        await newest.AskAsync();

        await older.IsSupersededAsync();
        await newest.AskAsync();
    }

    [Fact]
    public async Task TheLastToLeaveLeavesNothingBehind()
    {
        await using (var first = await _hub.ConnectAsync())
        await using (var second = await _hub.ConnectAsync())
        await using (var other = await _hub.ConnectAsync("other"))
        await using (var connection = await ReconnectingClient.StartAsync(_hub))
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
        await using var connection = await ReconnectingClient.StartAsync(_hub);
        for (var session = 1; session <= 32; session++)
        {
            await connection.AskAsync($"s{session}");
        }

        (await connection.Connection.RequestAsync("s33", new { message = "" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");

        await UntilConnectedAsync(32);
        await connection.AskAsync("s1");
        (await _hub.RowAsync("SELECT count(*) FROM sessions")).Should().Be("32");
    }

    [Fact]
    public async Task OfThoseThatComeAtOnceOneStaysAndTheOthersAreClosedProperly()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async session =>
        {
            var sockets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _hub.ConnectAsync($"s{session}")));
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
            sockets.Except([newest]).Should().OnlyContain(s => s.Received.Count == 0);
            foreach (var socket in sockets)
            {
                await socket.DisposeAsync();
            }
        }));
        await UntilConnectedAsync(0);
        _hub.App.Logs.Entries.Should().NotContain(e => e.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task WhoLeavesBeforeItIsKnownWhetherHeMayComeInIsNoIncident()
    {
        await using var other = await _hub.OpenAsync();
        await using (await other.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("LOCK TABLE sessions", other);
            await hold.ExecuteNonQueryAsync();
            await using (var connection = await _hub.SignalRAsync())
            {
                await connection.SendAsync("UpdateEmotion", "s", "sad");
                (await connection.InvokeAsync<JsonElement>("Ping", "s")).GetProperty("type").GetString().Should().Be("pong", "it waits for nobody");
            }
        }

        await using var again = await ReconnectingClient.StartAsync(_hub);
        await again.AskAsync();
        _hub.App.Logs.Named("EntranceBroke").Should().BeEmpty();
    }

    private Task UntilConnectedAsync(int sessions)
    {
        var seats = _hub.App.Services.GetRequiredService<SessionSeats>();
        return _ended.UntilAsync(() => seats.Count == sessions, () => $"{seats.Count} sessions have a connection, not {sessions}");
    }
}
