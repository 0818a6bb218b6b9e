using System.Net;
using System.Net.WebSockets;
using BeMore.Sessions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>Connections that take a session from each other without end come to rest: after three changes within 30 s the newcomer is refused.</summary>
public sealed class QuarrelTests : IAsyncLifetime
{
    private static readonly TimeSpan Peace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly EndedRequests _ended = new();
    private readonly List<IAsyncDisposable> _connections = [];
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time, services: s => s.AddSingleton<IStartupFilter>(_ended));

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task AfterThreeChangesTheNewcomerIsRefusedAtTheHandshakeAndTheHolderIsUnharmed()
    {
        var holder = await QuarrelAsync();

        var refused = await HandshakeProbe.AskAsync(_hub.App.Socket("s"));

        refused.Should().Be(new HandshakeAnswer(HttpStatusCode.Conflict, ""));
        await holder.RequestAsync("안녕하세요");
        (await holder.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        holder.Closed.IsCompleted.Should().BeFalse();
        (await HandshakeProbe.AskAsync(_hub.App.Socket("other"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "that is no quarrel of others");
    }

    [Fact]
    public async Task ASignalRConnectionIsRefusedInTheStreamAndLetInWhenThereIsPeace()
    {
        var holder = await QuarrelAsync();
        var connection = await SignalRAsync();

        for (var times = 0; times < 3; times++)
        {
            (await connection.RequestAsync("s", new { message = "안녕" }).ReadAsync()).Should().ContainSingle()
                .Which.Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"다른 창에서 상담이 진행 중입니다","code":"SESSION_IN_USE"}}""");
            (await connection.ResumeAsync("s").ReadAsync()).Should().BeEmpty();
        }

        holder.Closed.IsCompleted.Should().BeFalse();
        _time.Advance(Peace);
        (await connection.RequestAsync("s", new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        (await holder.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
    }

    [Fact]
    public async Task ChangesOfEitherDoorCount()
    {
        var first = await ConnectAsync();
        await AskAsync(await SignalRAsync());
        await first.Closed.WaitAsync(Pulse.Patience);
        await ConnectAsync();
        await AskAsync(await SignalRAsync());

        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task ThreeChangesInALongerTimeAreNoQuarrel()
    {
        await ConnectAsync();
        for (var change = 0; change < 20; change++)
        {
            _time.Advance(Peace / 3);
            await ConnectAsync();
        }
    }

    [Fact]
    public async Task TheWindowSlidesExactToTheMoment()
    {
        await ConnectAsync();
        await ConnectAsync();
        _time.Advance(Peace / 2);
        await ConnectAsync();
        await ConnectAsync();
        _time.Advance((Peace / 2) - Tick);

        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task WhenTheFirstChangeHasLeftTheWindowOneMoreIsLetIn()
    {
        await ConnectAsync();
        await ConnectAsync();
        _time.Advance(Peace / 2);
        await ConnectAsync();
        await ConnectAsync();
        _time.Advance(Peace / 2);

        await ConnectAsync();
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task WhoKeepsTryingKeepsBeingRefusedAndWhoLeavesItInPeaceIsLetIn()
    {
        var holder = await QuarrelAsync();

        foreach (var seconds in (int[])[0, 1, 2, 4, 8, 16, 29, 29, 29])
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
        }

        _time.Advance(Peace - Tick);
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);
        _time.Advance(Peace);
        await ConnectAsync();
        (await holder.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFreeSeatIsNeverRefused(bool abort)
    {
        for (var times = 0; times < 10; times++)
        {
            var client = await ConnectAsync();
            if (abort)
            {
                client.Abort();
            }
            else
            {
                await client.CloseAsync();
            }

            await SeatsAreAsync(0);
        }
    }

    [Fact]
    public async Task WhatWasQuarrelledAboutIsFreeWhenTheHolderLeaves()
    {
        var holder = await QuarrelAsync();
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.Conflict);

        await holder.CloseAsync();
        await SeatsAreAsync(0);

        await ConnectAsync();
    }

    [Fact]
    public async Task ASignalRConnectionThatLeavesFreesItsSeat()
    {
        for (var times = 0; times < 5; times++)
        {
            var connection = await SignalRAsync();
            await AskAsync(connection);
            await connection.StopAsync();
            await SeatsAreAsync(0);
        }
    }

    [Fact]
    public async Task WhoIsNotTheOwnerTakesNobodysSeat()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });
        var session = await hub.App.StartSessionAsync(TestToken.Owner);
        await using var holder = await hub.ConnectAsync(session);
        await using var other = await hub.SignalRAsync(token: TestToken.Other);

        for (var times = 0; times < 5; times++)
        {
            (await other.RequestAsync(session, new { message = "안녕" }).ReadAsync())[^1].Code.Should().Be("SESSION_EXPIRED");
            await other.InvokeAsync("CancelAiResponse", session);
            (await HandshakeProbe.AskAsync(hub.App.Socket(session), null, ("Authorization", $"Bearer {TestToken.Other}"))).Status.Should().Be(HttpStatusCode.NotFound);
        }

        await holder.PingAsync();
        (await holder.NextAsync()).Type.Should().Be("pong");
        await using var newest = await hub.ConnectAsync(session);
    }

    /// <summary>Four sockets, each of which took the session from the one before.</summary>
    /// <returns>The last, which has it.</returns>
    private async Task<RawSocketClient> QuarrelAsync()
    {
        var holder = await ConnectAsync();
        for (var change = 0; change < SessionSeats.MostChanges; change++)
        {
            var newest = await ConnectAsync();
            (await holder.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
            holder = newest;
        }

        return holder;
    }

    private async Task<RawSocketClient> ConnectAsync()
    {
        var client = await _hub.ConnectAsync();
        _connections.Add(client);
        return client;
    }

    private async Task<HubConnection> SignalRAsync()
    {
        var connection = await _hub.SignalRAsync();
        _connections.Add(connection);
        return connection;
    }

    private static async Task AskAsync(HubConnection connection) =>
        (await connection.RequestAsync("s", new { message = "" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("EMPTY_MESSAGE");

    private Task SeatsAreAsync(int count)
    {
        var seats = _hub.App.Services.GetRequiredService<SessionSeats>();
        return _ended.UntilAsync(() => seats.Count == count, () => $"{seats.Count} sessions have a connection");
    }
}
