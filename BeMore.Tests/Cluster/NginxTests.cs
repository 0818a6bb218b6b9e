using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using BeMore.Sessions;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>Two hubs behind a real nginx with the repository's configuration.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private const int Sessions = 24;

    private TwoHubs _hubs = null!;
    private NginxServer _nginx = null!;

    public async Task InitializeAsync()
    {
        _hubs = await TwoHubs.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "100" });
        _nginx = await NginxServer.StartAsync(_hubs.A.Http, _hubs.B.Http);
    }

    public async Task DisposeAsync()
    {
        await _nginx.DisposeAsync();
        await _hubs.DisposeAsync();
    }

    [Fact]
    public async Task ASessionAlwaysLandsAtOneNodeThroughAllItsDoors()
    {
        var first = new List<string>();
        for (var time = 0; time < 3; time++)
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => _nginx.ConnectAsync($"s{i}")));
            await Task.WhenAll(clients.Select((client, i) => client.AnswerAsync($"{i}의 말 {time}")));
            var atA = Seated(_hubs.A);
            if (time == 0)
            {
                first = atA;
                first.Count.Should().BeInRange(1, Sessions - 1, "both have some");
            }

            atA.Should().Equal(first);
            Seated(_hubs.B).Should().HaveCount(Sessions - first.Count);
            foreach (var client in clients)
            {
                await client.PingAsync();
                await client.NextAsync();
                await client.CloseAsync();
                await client.DisposeAsync();
            }

            await UntilAsync(() => Seated(_hubs.A).Count + Seated(_hubs.B).Count == 0);
        }

        using var http = new HttpClient();
        for (var i = 0; i < Sessions; i++)
        {
            await using var connection = await ConnectAsync(_nginx.Hub($"s{i}"), HttpTransportType.LongPolling);
            (await connection.RequestAsync($"s{i}", new { message = "" }).ReadAsync()).Should().ContainSingle();
            (first.Contains($"s{i}") ? Seated(_hubs.A) : Seated(_hubs.B)).Should().Contain($"s{i}");
            (await http.PostAsync(new Uri(_nginx.Http, $"api/session/s{i}/end"), null)).StatusCode.Should().Be(HttpStatusCode.OK);
        }

        _hubs.A.Logs.Named("SessionEnded").Select(e => e.Value("SessionId")).Should().BeEquivalentTo(first);
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task ASignalRClientTalksWhetherItNamesItsSessionInTheAddressOrNot(HttpTransportType transport)
    {
        foreach (var address in (Uri[])[.. Enumerable.Range(0, 4).Select(i => _nginx.Hub($"s{i}")), _nginx.Hub()])
        {
            await using var connection = await ConnectAsync(address, transport);
            (await connection.RequestAsync("s", new { message = "하나" }).ReadAsync()).Text().Should().Be(Talk.AnswerTo("하나"));
        }
    }

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task ThePublishedClientTalks(string transport)
    {
        await using var client = await NodeClient.RunAsync(_nginx.Hub("s"), transport, "s", "하나");

        client.Frames.Text().Should().Be(Talk.AnswerTo("하나"));
    }

    [Fact]
    public async Task AnAnswerStreamsThroughItAsItComes()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hubs.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").WaitsFor(gate.Task).Says("무엇이 가장 힘드신가요?"));
        await using var connection = await ConnectAsync(_nginx.Hub("s"), HttpTransportType.ServerSentEvents);
        await using var stream = connection.RequestAsync("s", new { message = "음" }).GetAsyncEnumerator();

        (await stream.ReadToTheFirstChunkAsync()).Chunk.Should().Be("천천히 이야기해 볼까요. ");

        gate.SetResult();
    }

    [Fact]
    public async Task AnAnswerThatReachedNginxAndNotTheClientIsToldToWhoComesBack()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _hubs.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").WaitsFor(gate.Task).Says("무엇이 가장 힘드신가요?"));
        await using var network = Relay.Before(_nginx.Http);
        await using (var client = await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{network.Address.Port}/ws/session/s")))
        {
            await client.RequestAsync("음");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            network.Silence();
            gate.SetResult();
            await network.SwallowsAsync(Frame.Complete);
            network.Break();
        }

        await UntilAsync(() => Seated(_hubs.A).Count + Seated(_hubs.B).Count == 0);
        await using var again = await _nginx.ConnectAsync("s");

        (await again.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(
            Frame.Begin, "천천히 이야기해 볼까요. 무엇이 가장 힘드신가요?", Frame.Complete);
    }

    [Fact]
    public async Task WhenANodeIsStoppedItsSessionsGoOnAtTheOtherAndTheOthersStayWhereTheyAre()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => _nginx.ConnectAsync($"s{i}")));
        foreach (var (client, i) in clients.Select((client, i) => (client, i)))
        {
            await client.AnswerAsync($"{i}의 첫마디");
            await client.PingAsync();
            await client.NextAsync();
        }

        var atA = Seated(_hubs.A);

        await _hubs.A.StopAsync();

        for (var i = 0; i < Sessions; i++)
        {
            if (atA.Contains($"s{i}"))
            {
                (await clients[i].Closed.WaitAsync(Pulse.Patience)).Status.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
                await using var again = await _nginx.ConnectAsync($"s{i}");
                await again.AnswerAsync("둘째 말");
                _hubs.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal([$"{i}의 첫마디", Talk.AnswerTo($"{i}의 첫마디"), "둘째 말"], "the talk goes on");
            }
            else
            {
                await clients[i].AnswerAsync("둘째 말");
            }

            await clients[i].DisposeAsync();
        }

        foreach (var transport in (HttpTransportType[])[HttpTransportType.WebSockets, HttpTransportType.LongPolling])
        {
            foreach (var session in atA)
            {
                await using var connection = await ConnectAsync(_nginx.Hub(session), transport);
                (await connection.RequestAsync(session, new { message = "" }).ReadAsync()).Should().ContainSingle();
            }
        }
    }

    [Fact]
    public async Task ANodeThatIsStoppingLetsItsSessionsGoToTheOther()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Answers that run keep the nodes from ending.
        _hubs.Gemini.Next(Gemini.Begins("천천히 ").WaitsFor(gate.Task).Says("이야기해 볼까요."));
        await using var running = await _hubs.A.ConnectAsync("running");
        await running.RequestAsync("음");
        await running.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        var stopping = _hubs.A.StopAsync();
        await UntilAsync(() => _hubs.A.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        for (var i = 0; i < Sessions; i++)
        {
            await using var client = await _nginx.ConnectAsync($"s{i}");
            await client.AnswerAsync("하나");
            await using var connection = await ConnectAsync(_nginx.Hub($"t{i}"), HttpTransportType.LongPolling);
            (await connection.RequestAsync($"t{i}", new { message = "" }).ReadAsync()).Should().ContainSingle();
        }

        stopping.IsCompleted.Should().BeFalse("it was there all the time");
        gate.SetResult();
        (await running.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await stopping;
    }

    [Fact]
    public async Task TheComposeFileHasTheHubsThatTheConfigurationNames()
    {
        var configuration = await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "nginx.conf"));
        var compose = await File.ReadAllTextAsync(RepositoryRoot.Combine("docker-compose.scale.yml"));

        var hubs = Regex.Matches(configuration, @"server (\w+):8000 ").Select(m => m.Groups[1].Value).ToList();

        hubs.Should().HaveCount(2);
        Regex.Matches(compose, @"^  (\w+):\r?$\s+<<: \*hub", RegexOptions.Multiline).Select(m => m.Groups[1].Value).Should().Equal(hubs);
        compose.Should().Contain("./deploy/nginx.conf:/etc/nginx/nginx.conf:ro");
    }

    /// <summary>Its own test is the program, which Debian's is too old for: see <see cref="NginxServer"/>.</summary>
    [Fact]
    public async Task TheHubsAreLookedUpAgainAndAgainByAnNginxThatCan()
    {
        var configuration = await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "nginx.conf"));

        Regex.Matches(configuration, @"^\s+server hub\d:.*$", RegexOptions.Multiline).Should().HaveCount(2).And.OnlyContain(server => server.Value.EndsWith(" resolve;"));
        configuration.Should().MatchRegex(@"resolver 127\.0\.0\.11 valid=\d+s ").And.MatchRegex(@"upstream hubs \{[^}]*\bzone ");
        var image = DeploymentFiles.Read("docker-compose.scale.yml")["services"]["nginx"]["image"].Word!;
        Version.Parse(image.Split(':')[1]).Should().BeGreaterThanOrEqualTo(new Version(1, 28), "resolve is in 1.27.3 and newer");
    }

    private static List<string> Seated(BeMoreApplication hub) =>
        [.. hub.Services.GetRequiredService<SessionSeats>().Seats.Select(s => s.SessionId).Order(StringComparer.Ordinal)];

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        while (!condition())
        {
            await Task.Delay(10, clock.Token);
        }
    }

    private static async Task<HubConnection> ConnectAsync(Uri hub, HttpTransportType transport)
    {
        var connection = new HubConnectionBuilder().WithUrl(hub, transport).Build();
        await connection.StartAsync();
        return connection;
    }
}
