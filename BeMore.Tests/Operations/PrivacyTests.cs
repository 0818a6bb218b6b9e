using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>protocol.md, section 6: logs hold ids, counts and durations; never a message, an answer, a token or a key.</summary>
public sealed class PrivacyTests : IAsyncLifetime
{
    // In everything that is nobody's business; in nothing that may be logged.
    private const string Canary = "CANARY";

    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        var settings = new Dictionary<string, string?>
        {
            ["GEMINI_API_KEY"] = "CANARY-key",
            ["DATABASE_URL"] = (await TestHub.CreateDatabaseAsync()).Replace("postgres:postgres@", "postgres:CANARY-password@", StringComparison.Ordinal),
            ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000",
        };
        // The worst that an operator can configure; what is pinned in code stays pinned.
        foreach (var category in (string[])
            [
                "Default", "Microsoft", "Microsoft.AspNetCore.SignalR", "Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher", "Microsoft.*SignalR",
                "Microsoft.AspNetCore.Http.Connections", "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Server.Kestrel",
                "Microsoft.EntityFrameworkCore.Database.Command", "System.Net.Http.HttpClient", "Npgsql", "Polly", "BeMore",
            ])
        {
            settings[$"Logging:LogLevel:{category}"] = "Trace";
            settings[$"Logging:{typeof(CapturedLogs).FullName}:LogLevel:{category}"] = "Trace";
        }

        _hub = await TestHub.StartAsync(settings);
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task WhatSomebodyConfidesAndWhatIsAnsweredStayOutOfTheLogs()
    {
        _hub.Gemini.Always(Gemini.Says("CANARY-answer 천천히요. ", "CANARY-answer 듣고 있어요."));
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync("CANARY-message", "CANARY-emotion");
        await client.ReadTurnAsync();
        await client.RequestAsync("CANARY-second", "sad");
        await client.ReadTurnAsync();
        await client.RequestAsync(new string('x', 2001) + Canary);
        await client.ReadTurnAsync();
        _hub.Gemini.Next(Gemini.Begins("CANARY-answer 잠시만요. ").Stalls());
        await client.RequestAsync("CANARY-cancelled");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.CancelAsync();
        await client.ReadTurnAsync();

        _hub.Gemini.Requests[^1].Contents.Should().Contain(c => c.Text.Contains(Canary, StringComparison.Ordinal), "the history is full of them");
        await NothingIsLoggedAsync();
    }

    [Fact]
    public async Task WhatIsNoCommandStaysOutOfTheLogs()
    {
        await using var client = await _hub.ConnectAsync();

        foreach (var odd in (string[])
            [
                """{"type":"CANARY-type","data":{"CANARY":1}}""", "CANARY", "{\"type\":\"CANARY", "{\"CANARY\":{}}", """{"type":5,"data":"CANARY"}""",
                $$"""{"type":"ping","data":{{new string('[', 40)}}"CANARY"{{new string(']', 40)}}}""",
                """{"type":"emotion_update","data":{"emotion":"CANARY"}}""", """{"type":"vad_metrics","data":{"CANARY":"CANARY"}}""",
            ])
        {
            await client.SendAsync(odd);
        }

        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        await client.SendBytesAsync(Encoding.UTF8.GetBytes(Canary), WebSocketMessageType.Binary, true);
        await client.Closed.WaitAsync(Pulse.Patience);

        await NothingIsLoggedAsync();
    }

    [Fact]
    public async Task WhatASignalRClientSaysStaysOutOfTheLogs()
    {
        _hub.Gemini.Always(Gemini.Says("CANARY-answer 천천히요."));
        await using var connection = await _hub.SignalRAsync();

        (await connection.RequestAsync("s", new { message = "CANARY-message", emotion = "CANARY-emotion", more = Canary }).ReadAsync())[^1].Type
            .Should().Be(Frame.Complete);
        await connection.InvokeAsync("UpdateEmotion", "s", Canary);
        await connection.RequestAsync("CANARY!", new { message = Canary }).ReadAsync();
        foreach (var call in (Func<Task>[])
            [
                () => connection.InvokeAsync("UpdateEmotion", "s", "sad", Canary),
                () => connection.InvokeAsync("UpdateEmotion", new { CANARY = Canary }, Canary),
                () => connection.InvokeAsync<JsonElement>("Ping", new[] { Canary }),
                () => connection.StreamAsync<JsonElement>("RequestAiResponse", Canary).ReadAsync(),
                () => connection.InvokeAsync("RequestAiResponse", Canary, new { message = Canary }),
            ])
        {
            // The client made a mistake and is told; what counts here is what is logged of it.
            await call.Should().ThrowAsync<Exception>();
        }

        await NothingIsLoggedAsync();
    }

    [Fact]
    public async Task TokensStayOutOfTheLogs()
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", "CANARY-bearer");

        await http.GetAsync(new Uri(_hub.App.Http, "health?access_token=CANARY-token"));
        await http.GetAsync(new Uri(_hub.App.Http, "nowhere?access_token=CANARY-token"));
        await http.PostAsync(new Uri(_hub.App.Http, "hubs/counselling/negotiate?access_token=CANARY-token"), null);
        await HandshakeProbe.AskAsync(new Uri(_hub.App.Socket("s") + "?access_token=CANARY-token"));
        await HandshakeProbe.AskAsync(new Uri(_hub.App.Socket("s") + "?access_token=CANARY-token"), "http://evil.example");
        await using var socket = await RawSocketClient.ConnectAsync(
            new Uri(_hub.App.Socket("s") + "?access_token=CANARY-token"), o => o.SetRequestHeader("Authorization", "Bearer CANARY-bearer"));
        await using var connection = new HubConnectionBuilder()
            .WithUrl(_hub.App.Hub(), o => o.AccessTokenProvider = () => Task.FromResult<string?>("CANARY-token")).Build();
        await connection.StartAsync();
        await connection.InvokeAsync<JsonElement>("Ping", "s");

        await NothingIsLoggedAsync();
    }

    [Fact]
    public async Task GeminisOwnWordsStayOutOfTheLogs()
    {
        await using var client = await _hub.ConnectAsync();

        foreach (var failure in (GeminiScript[])
            [
                GeminiFaults.Fails(400, "INVALID_ARGUMENT", "CANARY-gemini"),
                GeminiFaults.Fails(403, "PERMISSION_DENIED", "CANARY-gemini key CANARY-key"),
                GeminiFaults.Fails(404, "NOT_FOUND", "CANARY-gemini"),
                GeminiFaults.Fails(500, "INTERNAL", "CANARY-gemini"),
                Gemini.Fails(502, "<html>CANARY-gemini</html>", "text/html"),
                GeminiScript.Empty.FailsInBand(message: "CANARY-gemini"),
                Gemini.Begins("CANARY-answer 잠시만요. ").FailsInBand(message: "CANARY-gemini"),
                Gemini.Begins("CANARY-answer 잠시만요. ").Sends("{\"CANARY"),
                Gemini.Sends("CANARY-gemini"),
                Gemini.Begins("CANARY-answer 잠시만요. ").Cuts(),
                Gemini.Begins("CANARY-answer 잠시만요. ").Finishes("SAFETY"),
            ])
        {
            _hub.Gemini.Always(failure);
            await client.RequestAsync("CANARY-message");
            await client.ReadTurnAsync(TimeSpan.FromSeconds(20));
        }

        _hub.App.Logs.Entries.Should().Contain(e => e.Event.Name == "ModelFailed", "the failures are logged, without the words");
        await NothingIsLoggedAsync();
    }

    [Theory]
    [InlineData("DROP TABLE conversations")]
    [InlineData("ALTER TABLE conversations ADD CHECK (length(user_message) < 3) NOT VALID")]
    [InlineData("INSERT INTO sessions VALUES ('x'); INSERT INTO conversations (session_id, user_message, ai_response, timestamp) VALUES ('x', '', 'CANARY-answer 잠시만요. CANARY-answer 됐어요.', 1); CREATE UNIQUE INDEX ON conversations (ai_response)")]
    [InlineData("ALTER TABLE conversations ALTER COLUMN ai_response TYPE varchar(3)")]
    [InlineData("ALTER TABLE conversations RENAME COLUMN ai_response TO answer")]
    public async Task WhatCouldNotBeStoredIsNotLoggedInstead(string damage)
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("CANARY-answer 잠시만요. ").WaitsFor(gate.Task).Says("CANARY-answer 됐어요."));
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("CANARY-message", "sad");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await _hub.ExecuteAsync(damage);
        gate.SetResult();

        (await client.ReadTurnAsync())[^1].Raw.Should().Be("""{"type":"ai_stream_error","data":{"error":"AI 응답 생성 중 오류가 발생했습니다","code":"INTERNAL"}}""");
        _hub.App.Logs.Entries.Should().Contain(e => e.Event.Name == "TurnBroke");
        await NothingIsLoggedAsync();
    }

    [Fact]
    public async Task AnUnreachableDatabasesPasswordStaysOutOfTheLogs()
    {
        await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
        {
            ["DATABASE_URL"] = "postgres://CANARY-user:CANARY-password@127.0.0.1:9/bemore",
            ["GEMINI_API_KEY"] = "CANARY-key",
        });

        (await HandshakeProbe.AskAsync(app.Socket("s"))).Status.Should().Be(System.Net.HttpStatusCode.SwitchingProtocols, "counselling goes on");
        await app.Logs.WaitForAsync(e => e.Event.Name == "DatabaseAway");
        await app.StopAsync();

        NothingIsLogged(app.Logs);
    }

    /// <summary>To the last entry: the host is stopped before.</summary>
    private async Task NothingIsLoggedAsync()
    {
        await _hub.App.StopAsync();
        NothingIsLogged(_hub.App.Logs);
    }

    private static void NothingIsLogged(CapturedLogs logs)
    {
        logs.Entries.Should().Contain(e => e.Level < LogLevel.Information, "otherwise there would be nothing to find");
        logs.Entries.Where(e => $"{e}".Contains(Canary, StringComparison.OrdinalIgnoreCase)).Should().BeEmpty();
    }
}
