using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>Who may do what (<see cref="AccessTable"/>). Every cell has a session of its own, which is the owner's.</summary>
public sealed class AccessTableTests(AccessTableTests.Hub shared) : IClassFixture<AccessTableTests.Hub>
{
    private const string Page = "https://app.example.com";

    private readonly TestHub _hub = shared.Started;

    [Theory]
    [MemberData(nameof(AccessTable.Cells), MemberType = typeof(AccessTable))]
    public async Task EveryCellIsAsTheTableSays(string who, string what, string expected)
    {
        var session = await _hub.App.StartSessionAsync(TestToken.Owner);

        var outcome = await TryAsync(what, session, TokenOf(who), OriginOf(who));

        outcome.Should().Be(expected, "{0} × {1}", who, what);
        if (expected is "401" or "403" or "404")
        {
            (await _hub.RowAsync($"SELECT status, user_id FROM sessions WHERE session_id = '{session}'")).Should().Be("active owner", "who is refused has changed nothing");
        }
    }

    private static TestToken? TokenOf(string who) => who switch
    {
        "nobody" => null,
        "other user" => TestToken.Other,
        "expired" => TestToken.Owner with { Expires = DateTimeOffset.UtcNow.AddHours(-1) },
        "another key" => TestToken.Owner with { Key = TestToken.Secret + "." },
        "alg none" => TestToken.Owner with { Algorithm = "none" },
        _ => TestToken.Owner,
    };

    private static string? OriginOf(string who) => who switch
    {
        "no origin" => null,
        "wrong origin" => "https://app.example.com.evil.example",
        _ => Page,
    };

    private Task<string> TryAsync(string what, string session, TestToken? token, string? origin) => what switch
    {
        "start" => CallAsync("POST", "session/start", token, origin),
        "get" => CallAsync("GET", $"session/{session}", token, origin),
        "pause" or "resume" or "end" => CallAsync("POST", $"session/{session}/{what}", token, origin),
        "erase" => CallAsync("DELETE", $"session/{session}", token, origin),
        "record" => CallAsync("GET", $"session/{session}/conversations", token, origin),
        "export" => CallAsync("GET", $"session/{session}/export", token, origin),
        "preflight" => PreflightAsync(session, origin),
        "raw, header" => ShakeHandsAsync(_hub.App.Socket(session), token, origin, inQuery: false),
        "raw, query" => ShakeHandsAsync(_hub.App.Socket(session), token, origin, inQuery: true),
        "hub, negotiate" => CallAsync("POST", "../hubs/counselling/negotiate?negotiateVersion=1", token, origin),
        "hub, WebSocket" => ShakeHandsAsync(_hub.App.Hub(), token, origin, inQuery: true),
        "hub, ask" => OnHubAsync(token, origin, connection => AskAsync(connection, session)),
        "hub, resume" => OnHubAsync(token, origin, connection => ResumeAsync(connection, session)),
        "hub, cancel" => OnHubAsync(token, origin, connection => CancelAsync(connection, session)),
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "not in the table"),
    };

    private async Task<string> CallAsync(string method, string path, TestToken? token, string? origin)
    {
        var answer = await _hub.App.CallAsync(method, path, token, origin: origin);
        if (!path.StartsWith("..", StringComparison.Ordinal) || answer.Status != HttpStatusCode.OK)
        {
            answer.Body.Should().StartWith(answer.Status == HttpStatusCode.OK ? """{"success":true,""" : """{"success":false,""");
        }

        var readable = origin is null || answer.Header("access-control-allow-origin") == origin;
        return $"{(int)answer.Status}{(readable ? "" : " unreadable")}";
    }

    private async Task<string> PreflightAsync(string session, string? origin)
    {
        var answer = await _hub.App.CallAsync(
            "OPTIONS", $"session/{session}", origin: origin, headers: [("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "authorization")]);
        return answer.Header("access-control-allow-origin") is not null ? "allowed" : "refused";
    }

    private static async Task<string> ShakeHandsAsync(Uri url, TestToken? token, string? origin, bool inQuery)
    {
        var asked = token is not null && inQuery ? new Uri($"{url}?access_token={token}") : url;
        (string, string)[] headers = token is not null && !inQuery ? [("Authorization", $"Bearer {token}")] : [];
        return $"{(int)(await HandshakeProbe.AskAsync(asked, origin, headers)).Status}";
    }

    /// <summary>As a browser: the token in the query, no header but Origin.</summary>
    private async Task<string> OnHubAsync(TestToken? token, string? origin, Func<HubConnection, Task<string>> act)
    {
        var url = token is null ? _hub.App.Hub() : new Uri($"{_hub.App.Hub()}?access_token={token}");
        await using var connection = new HubConnectionBuilder()
            .WithUrl(url, HttpTransportType.WebSockets, o =>
            {
                o.SkipNegotiation = true;
                if (origin is not null)
                {
                    o.Headers["Origin"] = origin;
                }
            })
            .Build();
        try
        {
            await connection.StartAsync();
        }
        catch (WebSocketException refused)
        {
            // ClientWebSocket says it in the exception's text only.
            return refused.Message.Contains("'401'", StringComparison.Ordinal) ? "401" : refused.Message.Contains("'403'", StringComparison.Ordinal) ? "403" : refused.Message;
        }

        return await act(connection);
    }

    private static async Task<string> AskAsync(HubConnection connection, string session)
    {
        var last = (await connection.RequestAsync(session, new { message = "안녕하세요" }).ReadAsync())[^1];
        return last.Code ?? (last.Type == Frame.Complete ? "complete" : last.Type);
    }

    private async Task<string> ResumeAsync(HubConnection connection, string session)
    {
        var gate = new TaskCompletionSource();
        await using var client = await BeginAsync(session, gate.Task);
        var stream = connection.ResumeAsync(session).ReadAsync();
        // It ends at once, or the newest connection has the session and the rest is to come.
        await Task.WhenAny(stream, client.Closed).WaitAsync(Pulse.Patience);
        gate.SetResult();
        return (await stream).Text() switch { "" => "nothing", "천천히요. 듣고 있어요." => "the rest", var other => other };
    }

    private async Task<string> CancelAsync(HubConnection connection, string session)
    {
        var gate = new TaskCompletionSource();
        await using var client = await BeginAsync(session, gate.Task);
        await connection.InvokeAsync("CancelAiResponse", session);
        // Behind the cancel: when this is answered, what becomes of it is decided.
        await connection.RequestAsync(session, new { message = "" }).ReadAsync();
        gate.SetResult();
        await _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded" && e.Value("SessionId") == session);
        return (await _hub.TurnsAsync(session)).Single().AiResponse == "천천히요. " ? "cancelled" : "not cancelled";
    }

    /// <summary>A raw socket in mid-answer.</summary>
    private async Task<RawSocketClient> BeginAsync(string session, Task gate)
    {
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate).Says("듣고 있어요."));
        var client = await _hub.ConnectAsync(session);
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        return client;
    }

    public sealed class Hub : IAsyncLifetime
    {
        public TestHub Started { get; private set; } = null!;

        public async Task InitializeAsync() => Started = await TestHub.StartAsync(
            new() { ["JWT_SECRET_KEY"] = TestToken.Secret, ["ALLOWED_ORIGINS"] = Page, ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000" },
            environment: "Production");

        public async Task DisposeAsync() => await Started.DisposeAsync();
    }
}
