using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>A SignalR client that would come back by itself, if it were let.</summary>
internal sealed class ReconnectingClient : IAsyncDisposable
{
    private readonly TaskCompletionSource<JsonElement> _superseded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reconnects;

    private ReconnectingClient(HubConnection connection)
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

    /// <summary>Completes when it is told that another has its session.</summary>
    public Task Told => _superseded.Task;

    public static Task<ReconnectingClient> StartAsync(TestHub hub, HttpTransportType transport = HttpTransportType.WebSockets) =>
        StartAsync(hub.App.Hub(), transport);

    public static async Task<ReconnectingClient> StartAsync(Uri hub, HttpTransportType transport = HttpTransportType.WebSockets)
    {
        var client = new ReconnectingClient(new HubConnectionBuilder().WithUrl(hub, transport).WithAutomaticReconnect().Build());
        await client.Connection.StartAsync();
        return client;
    }

    /// <summary>Uses a session, is answered without asking the model, and says something after that: so it has heard the answer.</summary>
    public async Task AskAsync(string session = "s")
    {
        (await Connection.RequestAsync(session, new { message = "" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("EMPTY_MESSAGE");
        await Connection.InvokeAsync<JsonElement>("Ping", session).WaitAsync(Pulse.Patience);
    }

    public async Task IsSupersededAsync()
    {
        (await _superseded.Task.WaitAsync(Pulse.Patience)).GetRawText().Should().Be("""{"type":"session_superseded","data":{"sessionId":"s","code":4409}}""");
        await _closed.Task.WaitAsync(Pulse.Patience);
        _reconnects.Should().Be(0, "it was told not to");
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
