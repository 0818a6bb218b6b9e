using System.Text.Json;
using BeMore.Counselling;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>SignalR's official backplane: what one node says reaches connections of another, of either door.</summary>
public sealed class BackplaneTests : IAsyncLifetime
{
    private const string Pushed = """{"type":"session_superseded","data":{"sessionId":"x","code":4409}}""";

    private TwoHubs _hubs = null!;
    private IHubContext<CounsellingHub> _a = null!;

    public async Task InitializeAsync()
    {
        _hubs = await TwoHubs.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });
        _a = _hubs.A.Services.GetRequiredService<IHubContext<CounsellingHub>>();
    }

    public async Task DisposeAsync() => await _hubs.DisposeAsync();

    [Fact]
    public async Task APushToAConnectionReachesItAtAnotherNode() =>
        await ReachesAsync((connection, _) => _a.Clients.Client(connection.ConnectionId!));

    [Fact]
    public async Task APushToAUserReachesHimAtAnotherNode() => await ReachesAsync((_, _) => _a.Clients.User("owner"));

    [Fact]
    public async Task APushToAllReachesAllNodes() => await ReachesAsync((_, _) => _a.Clients.All);

    [Fact]
    public async Task APushToAGroupReachesWhoWasPutIntoItByAnotherNode() => await ReachesAsync(async (connection, _) =>
    {
        await _a.Groups.AddToGroupAsync(connection.ConnectionId!, "g").WaitAsync(Pulse.Patience);
        return _a.Clients.Group("g");
    });

    [Fact]
    public async Task APushToAUserReachesHisRawSocket()
    {
        await using var client = await _hubs.B.ConnectAsync("s", o => o.SetRequestHeader("Authorization", $"Bearer {TestToken.Owner}"));
        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong");

        (await UntilAsync(() => PushAsync(_a.Clients.User("owner")), () => client.NextAsync(TimeSpan.FromMilliseconds(200)))).Raw.Should().Be(Pushed);
    }

    private Task ReachesAsync(Func<HubConnection, TestToken, IClientProxy> to) => ReachesAsync((connection, token) => Task.FromResult(to(connection, token)));

    private async Task ReachesAsync(Func<HubConnection, TestToken, Task<IClientProxy>> to)
    {
        await using var connection = await _hubs.B.SignalRAsync(token: TestToken.Owner);
        var told = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.On<JsonElement>("Told", item => told.TrySetResult(item));
        var proxy = await to(connection, TestToken.Owner);

        (await UntilAsync(() => PushAsync(proxy), () => told.Task.WaitAsync(TimeSpan.FromMilliseconds(200)))).GetRawText().Should().Be(Pushed);
    }

    private static Task PushAsync(IClientProxy to) => to.SendAsync("Told", new Superseded("x"));

    /// <summary>Pushed again where nothing came: a connection is heard of by the other nodes a moment after it is there.</summary>
    private static async Task<T> UntilAsync<T>(Func<Task> push, Func<Task<T>> told)
    {
        for (var left = 50; ; left--)
        {
            await push();
            try
            {
                return await told();
            }
            catch (TimeoutException) when (left > 0)
            {
            }
        }
    }
}
