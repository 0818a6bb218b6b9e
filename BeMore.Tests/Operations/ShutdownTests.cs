using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 1.2, on the program itself: SIGTERM, as whoever deploys a new version sends it.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FakeGemini _gemini = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _gemini = await FakeGemini.StartAsync();
        _gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says("무엇이 가장 힘드신가요?"));
        _database = await TestHub.CreateDatabaseAsync();
    }

    public async Task DisposeAsync()
    {
        await _gemini.DisposeAsync();
        await (await PostgresCluster.Shared).DropDatabaseAsync(_database);
    }

    [Fact]
    public async Task ARunningTurnEndsAndIsStoredBeforeItsSocketIsClosedWith1001()
    {
        await using var hub = Start();
        await using var client = await BeginAsync(hub);

        await TerminateAsync(hub);
        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong", "the socket is open as long as the turn runs");
        _gate.SetResult();

        var rest = await client.ReadTurnAsync();
        rest.Text().Should().Be("무엇이 가장 힘드신가요?");
        rest[^1].Type.Should().Be(Frame.Complete);
        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
        (await StoredAsync()).Should().Equal(First + "무엇이 가장 힘드신가요?");
    }

    [Fact]
    public async Task IdleSocketsAreClosedWith1001AndTheProgramEndsAtOnce()
    {
        await using var hub = Start();
        var http = await hub.WaitForListeningAsync();
        await using var client = await ConnectAsync(http);
        await using var other = await ConnectAsync(http, "other");
        await client.PingAsync();
        await client.NextAsync();

        await TerminateAsync(hub);

        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await other.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await hub.WaitForExitAsync(TimeSpan.FromSeconds(10))).Should().Be(0, hub.Output);
    }

    [Fact]
    public async Task ATurnThatOutlastsTheGraceIsStoredAsFarAsItCame()
    {
        await using var hub = Start(graceSeconds: 1);
        await using var client = await BeginAsync(hub);
        await client.RequestAsync("기다리던 말");

        await TerminateAsync(hub);

        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Type.Should().Be(Frame.Complete);
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("AI_UNAVAILABLE", "its turn never came");
        (await client.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
        (await StoredAsync()).Should().Equal(First, "");
    }

    [Fact]
    public async Task ATurnWhoseSocketWasLostIsStoredToo()
    {
        await using var hub = Start();
        await using (var client = await BeginAsync(hub))
        {
            client.Abort();
        }

        await TerminateAsync(hub);
        _gate.SetResult();

        (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
        (await StoredAsync()).Should().Equal(First + "무엇이 가장 힘드신가요?");
    }

    [Fact]
    public async Task ASignalRClientsTurnIsStoredToo()
    {
        await using var hub = Start();
        await using var connection = new HubConnectionBuilder().WithUrl(new Uri(await hub.WaitForListeningAsync(), "hubs/counselling")).Build();
        await connection.StartAsync();
        await connection.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator().ReadToTheFirstChunkAsync();

        await TerminateAsync(hub);
        _gate.SetResult();

        (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
        (await StoredAsync()).Should().Equal(First + "무엇이 가장 힘드신가요?");
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task ASignalRClientHearsItsAnswerToTheEnd(HttpTransportType transport)
    {
        await using var hub = Start();
        await using var connection = new HubConnectionBuilder().WithUrl(new Uri(await hub.WaitForListeningAsync(), "hubs/counselling"), transport).Build();
        await connection.StartAsync();
        await using var stream = connection.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator();
        await stream.ReadToTheFirstChunkAsync();

        await TerminateAsync(hub);
        await connection.InvokeAsync<JsonElement>("Ping", "s").WaitAsync(Pulse.Patience);
        _gate.SetResult();

        (await stream.NextAsync()).Chunk.Should().Be("무엇이 가장 힘드신가요?");
        (await stream.NextAsync()).Type.Should().Be(Frame.Complete);
        (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
    }

    [Fact]
    public async Task TheHostWaitsLongerThanTheTurnsMay()
    {
        await using var hub = await TestHub.StartAsync(new() { ["SHUTDOWN_GRACE_SECONDS"] = "120" });

        hub.App.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.Should().BeGreaterThan(TimeSpan.FromSeconds(120));
    }

    private HubProcess Start(int graceSeconds = 20) => HubProcess.Start(new Dictionary<string, string?>
    {
        ["PORT"] = "0",
        ["DATABASE_URL"] = _database,
        ["GEMINI_API_KEY"] = "key",
        ["GEMINI_BASE_URL"] = _gemini.BaseUrl,
        ["UNKNOWN_SESSIONS"] = "create",
        ["STREAM_CHUNK_INTERVAL_MS"] = "0",
        ["SHUTDOWN_GRACE_SECONDS"] = $"{graceSeconds}",
    });

    private static Task<RawSocketClient> ConnectAsync(Uri http, string session = "s") =>
        RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{http.Port}/ws/session/{session}"));

    private static async Task<RawSocketClient> BeginAsync(HubProcess hub)
    {
        var client = await ConnectAsync(await hub.WaitForListeningAsync());
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    /// <summary>Returns when the shutdown has begun.</summary>
    private static async Task TerminateAsync(HubProcess hub)
    {
        await hub.SignalAsync();
        await hub.WaitForLineAsync(line => line.Contains("shutting down", StringComparison.Ordinal));
    }

    private async Task<List<string>> StoredAsync()
    {
        await using var connection = await (await PostgresCluster.Shared).OpenAsync(_database);
        await using var query = new NpgsqlCommand("SELECT ai_response FROM conversations ORDER BY id", connection);
        await using var rows = await query.ExecuteReaderAsync();
        var stored = new List<string>();
        while (await rows.ReadAsync())
        {
            stored.Add(rows.GetString(0));
        }

        return stored;
    }
}
