using BeMore.Counselling;
using BeMore.Sessions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>An answer whose end went into a SignalR connection that was dead already, as nobody knew by then, is told to whoever comes back.</summary>
public sealed class LostSignalRTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(3);
    private TestHub _hub = null!;
    private Relay _network = null!;
    private HubConnection? _lost;

    public async Task InitializeAsync()
    {
        // The framework measures the time-out by a clock of its own.
        _hub = await TestHub.StartAsync(services: services => services.Configure<HubOptions>(hub => hub.ClientTimeoutInterval = _timeout));
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
        _network = Relay.Before(_hub.App.Http);
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        // Which breaks it: a client would wait long for an answer to its goodbye.
        await _network.DisposeAsync();
        await (_lost?.DisposeAsync() ?? default);
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    public async Task AnotherThatTakesItsSessionIsToldTheWholeAnswer(HttpTransportType transport)
    {
        await EndInSilenceAsync(transport);

        await IsToldTheWholeAsync();
    }

    [Fact]
    public async Task ASocketThatTakesItsSessionIsToldTheWholeAnswer()
    {
        await EndInSilenceAsync();

        await using var client = await _hub.ConnectAsync();

        (await client.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First + Rest, Frame.Complete);
    }

    [Fact]
    public async Task WhoComesBackAfterTheHubHasNoticedIsToldTheWholeAnswer()
    {
        await EndInSilenceAsync();
        await LeftAsync();

        await IsToldTheWholeAsync();
    }

    [Fact]
    public async Task WhoComesBackAfterTheConnectionBrokeIsToldTheWholeAnswer()
    {
        await EndInSilenceAsync();
        _network.Break();
        await LeftAsync();

        await IsToldTheWholeAsync();
    }

    [Fact]
    public async Task WhoHasHeardTheEndAndHangsUpIsNotToldAgain()
    {
        _gate.SetResult();
        await using (var connection = await ConnectAsync())
        {
            (await connection.RequestAsync("s", new { message = "음" }).ReadAsync()).Text().Should().Be(First + Rest);
        }

        await LeftAsync();
        await using var again = await _hub.SignalRAsync();

        (await again.ResumeAsync("s").ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhoHasHeardTheEndAndSaysSomethingAfterItIsNotToldAgainWhereverItIsLost()
    {
        _gate.SetResult();
        await using var connection = await ReconnectingClient.StartAsync(new Uri(_network.Address, "hubs/counselling"));
        await connection.Connection.RequestAsync("s", new { message = "음" }).ReadAsync();
        await connection.AskAsync();
        _network.Silence();

        await using var again = await _hub.SignalRAsync();

        (await again.ResumeAsync("s").ReadAsync()).Should().BeEmpty();
    }

    /// <summary>A connection that hears the beginning, and to which the rest is told in vain.</summary>
    private async Task EndInSilenceAsync(HttpTransportType transport = HttpTransportType.WebSockets)
    {
        _lost = await ConnectAsync(transport);
        await _lost.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator().ReadToTheFirstChunkAsync();
        _network.Silence();
        _gate.SetResult();
        await _hub.App.Services.GetRequiredService<TurnRegistry>().WhenIdle("s").WaitAsync(Pulse.Patience);
    }

    private async Task<HubConnection> ConnectAsync(HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var connection = new HubConnectionBuilder().WithUrl(new Uri(_network.Address, "hubs/counselling"), transport).WithKeepAliveInterval(_timeout / 10).Build();
        await connection.StartAsync();
        return connection;
    }

    private async Task IsToldTheWholeAsync()
    {
        await using var connection = await _hub.SignalRAsync();
        (await connection.ResumeAsync("s").ReadAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, First + Rest, Frame.Complete);
        (await connection.ResumeAsync("s").ReadAsync()).Should().BeEmpty("it was told");
    }

    /// <summary>The hub knows that the connection is no more.</summary>
    private async Task LeftAsync()
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        var seats = _hub.App.Services.GetRequiredService<SessionSeats>();
        while (seats.Count > 0)
        {
            await Task.Delay(20, clock.Token);
        }
    }
}
