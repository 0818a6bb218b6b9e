using System.Data.Common;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace BeMore.Tests;

/// <summary>The OpenAPI document and real hubs say the same: every answer is one that it promises, and every one that it promises was given.</summary>
public sealed class ContractHttpTests
{
    private const string Session = "/api/session/{id}";

    private static readonly string[] Sockets = ["/ws/session/{sessionId}", "/ws/landmarks/{sessionId}", "/ws/voice/{sessionId}"];

    private readonly ContractTraffic _traffic = new();

    [Fact]
    public async Task EveryAnswerIsOneThatIsPromisedAndEveryOneThatIsPromisedIsGiven()
    {
        await using (var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret, ["UNKNOWN_SESSIONS"] = "refuse" }))
        {
            await CallSessionsAsync(hub);
            await ShakeHandsAsync(hub);
            await CallStandInsAsync(hub.App.Http);
            await ReadPageAndDocumentsAsync(hub.App.Http);
            await CallWhileStoppingAsync(hub);
        }

        await CallWithoutADatabaseAsync();
        await CallWhatBreaksAsync();
        await ReadMetricsAsync();

        await _traffic.ShouldBeAsPromisedAsync(["GET ", "POST ", "PUT ", "DELETE "]);
    }

    private async Task CallSessionsAsync(TestHub hub)
    {
        var http = hub.App.Http;
        var id = (await _traffic.CallAsync(http, "POST", "/api/session/start", token: TestToken.Owner)).Data.GetProperty("sessionId").GetString()!;
        await using (var client = await hub.ConnectAsync(id))
        {
            await client.RequestAsync("요즘 잠이 안 와요", "anxious");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
            await client.RequestAsync("그리고 힘들어요");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        foreach (var (method, path) in SessionCalls)
        {
            (await _traffic.CallAsync(http, method, path, id)).Status.Should().Be(HttpStatusCode.Unauthorized);
            (await _traffic.CallAsync(http, method, path, id, token: TestToken.Other)).Status
                .Should().Be(path.EndsWith("/start", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        }

        (await _traffic.CallAsync(http, "GET", $"{Session}/conversations", id, "?limit=101", TestToken.Owner)).Status.Should().Be(HttpStatusCode.BadRequest);
        (await _traffic.CallAsync(http, "GET", $"{Session}/conversations", id, "?offset=0&limit=2", TestToken.Owner)).Data
            .GetProperty("conversations").GetArrayLength().Should().Be(2);
        (await _traffic.CallAsync(http, "GET", $"{Session}/export", id, token: TestToken.Owner)).Data
            .GetProperty("conversations").GetArrayLength().Should().Be(2);
        foreach (var call in (string[])["/pause", "", "/resume", "", "/end", "/end", ""])
        {
            (await _traffic.CallAsync(http, call == "" ? "GET" : "POST", Session + call, id, token: TestToken.Owner)).Status.Should().Be(HttpStatusCode.OK);
        }

        (await _traffic.CallAsync(http, "POST", $"{Session}/pause", id, token: TestToken.Owner)).Status.Should().Be(HttpStatusCode.Conflict);
        (await _traffic.CallAsync(http, "POST", $"{Session}/resume", id, token: TestToken.Owner)).Status.Should().Be(HttpStatusCode.Conflict);
        (await _traffic.CallAsync(http, "DELETE", Session, id, token: TestToken.Owner)).Status.Should().Be(HttpStatusCode.OK);
        (await _traffic.CallAsync(http, "GET", "/health")).Status.Should().Be(HttpStatusCode.OK);
        (await _traffic.CallAsync(http, "GET", "/health/live")).Status.Should().Be(HttpStatusCode.OK);
    }

    private async Task ShakeHandsAsync(TestHub hub)
    {
        var http = hub.App.Http;
        var id = await hub.App.StartSessionAsync(TestToken.Owner);
        var expired = TestToken.Owner with { Expires = DateTimeOffset.UtcNow.AddHours(-1) };
        foreach (var socket in Sockets)
        {
            (await _traffic.ShakeHandsAsync(http, socket, id, query: $"?access_token={TestToken.Owner}")).Should().Be(101);
            (await _traffic.ShakeHandsAsync(http, socket, "a.b")).Should().Be(400);
            (await _traffic.ShakeHandsAsync(http, socket, id, expired)).Should().Be(401);
            (await _traffic.ShakeHandsAsync(http, socket, id, headers: ("Origin", "http://evil.example"))).Should().Be(403);
            (await _traffic.ShakeHandsAsync(http, socket, "unknown")).Should().Be(404);
            (await _traffic.CallAsync(http, "GET", socket, id)).Status.Should().Be(HttpStatusCode.UpgradeRequired);
        }

        // Each takes the session from the one before, until that is enough.
        var sockets = new List<RawSocketClient>();
        var quarrelled = await hub.App.StartSessionAsync(TestToken.Owner);
        for (var i = 0; i < 4; i++)
        {
            sockets.Add(await hub.ConnectAsync(quarrelled));
        }

        (await _traffic.ShakeHandsAsync(http, Sockets[0], quarrelled)).Should().Be(409);
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }

        (await NegotiateAsync(http, TestToken.Owner)).Should().Be(200);
        (await NegotiateAsync(http, expired)).Should().Be(401);
    }

    private async Task CallStandInsAsync(Uri http)
    {
        const string me = """{"username":"minji","email":"minji@example.com","password":"-"}""";
        var login = (await _traffic.CallAsync(http, "POST", "/api/auth/login", body: me)).Data;
        var refresh = WireJson.Serialize(new { refreshToken = login.GetProperty("refreshToken").GetString() });
        await _traffic.CallAsync(http, "POST", "/api/auth/login", body: "{}");
        await _traffic.CallAsync(http, "POST", "/api/auth/signup", body: me);
        await _traffic.CallAsync(http, "POST", "/api/auth/signup", body: "{}");
        await _traffic.CallAsync(http, "GET", "/api/auth/me", headers: ("Authorization", $"Bearer {login.GetProperty("accessToken").GetString()}"));
        await _traffic.CallAsync(http, "GET", "/api/auth/me");
        await _traffic.CallAsync(http, "POST", "/api/auth/refresh", body: refresh);
        await _traffic.CallAsync(http, "POST", "/api/auth/refresh", body: "{}");
        await _traffic.CallAsync(http, "POST", "/api/auth/refresh", body: """{"refreshToken":"x"}""");
        await _traffic.CallAsync(http, "POST", "/api/auth/logout");
        await _traffic.CallAsync(http, "GET", "/api/dashboard/summary");
        await _traffic.CallAsync(http, "GET", "/api/user/preferences");
        await _traffic.CallAsync(http, "PUT", "/api/user/preferences");
        await _traffic.CallAsync(http, "POST", $"{Session}/feedback", "s");
    }

    private async Task ReadPageAndDocumentsAsync(Uri http)
    {
        foreach (var path in (string[])["/", "/openapi.json", "/asyncapi.json"])
        {
            var tag = (await _traffic.CallAsync(http, "GET", path)).Header("etag")!;
            (await _traffic.CallAsync(http, "GET", path, headers: ("If-None-Match", tag))).Status.Should().Be(HttpStatusCode.NotModified);
        }
    }

    /// <summary>While a turn runs, which the hub waits for.</summary>
    private async Task CallWhileStoppingAsync(TestHub hub)
    {
        var (gate, stopping) = (new TaskCompletionSource(), new TaskCompletionSource());
        hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        hub.App.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        var http = hub.App.Http;
        await using var client = await hub.ConnectAsync(await hub.App.StartSessionAsync(TestToken.Owner));
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        var stopped = Task.Run(hub.App.StopAsync);
        await stopping.Task.WaitAsync(Pulse.Patience);

        (await NegotiateAsync(http, TestToken.Owner)).Should().Be(503);
        (await _traffic.CallAsync(http, "GET", "/health")).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await _traffic.ShakeHandsAsync(http, Sockets[0], "s")).Should().Be(503);
        gate.SetResult();
        await stopped.WaitAsync(Pulse.Patience);
    }

    private async Task CallWithoutADatabaseAsync()
    {
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = "postgres://u:p@127.0.0.1:9/d", ["UNKNOWN_SESSIONS"] = "refuse" });
        foreach (var (method, path) in SessionCalls)
        {
            (await _traffic.CallAsync(app.Http, method, path, "s")).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
        }

        foreach (var socket in Sockets)
        {
            (await _traffic.ShakeHandsAsync(app.Http, socket, "s")).Should().Be(503);
        }

        (await _traffic.CallAsync(app.Http, "GET", "/health")).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
    }

    /// <summary>A hub with a mistake: it cannot so much as try to reach its database.</summary>
    private async Task CallWhatBreaksAsync()
    {
        await using var hub = await TestHub.StartAsync(services: services => services.Replace(
            ServiceDescriptor.Singleton<DbDataSource>(new BrokenSource())));
        foreach (var (method, path) in SessionCalls)
        {
            (await _traffic.CallAsync(hub.App.Http, method, path, "s")).Status.Should().Be(HttpStatusCode.InternalServerError);
        }
    }

    private async Task ReadMetricsAsync()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0", ["API_DOCUMENTS"] = "true" });

        (await _traffic.CallAsync(hub.Metrics, "GET", "/metrics")).Status.Should().Be(HttpStatusCode.OK);
        (await _traffic.CallAsync(hub.Metrics, "GET", "/metrics", headers: ("Accept", "application/openmetrics-text;version=1.0.0"))).Status.Should().Be(HttpStatusCode.OK);
        var served = await _traffic.CallAsync(hub.Http, "GET", "/openapi.json");
        JsonDocument.Parse(served.Body).RootElement.GetProperty("paths").TryGetProperty("/metrics", out _).Should().BeTrue("there are some here");
    }

    private async Task<int> NegotiateAsync(Uri http, TestToken token) =>
        (int)(await _traffic.CallAsync(http, "POST", "/hubs/counselling/negotiate", query: "?negotiateVersion=1", token: token)).Status;

    private static readonly (string Method, string Path)[] SessionCalls =
    [
        ("POST", "/api/session/start"), ("GET", Session), ("GET", $"{Session}/conversations"), ("GET", $"{Session}/export"),
        ("POST", $"{Session}/pause"), ("POST", $"{Session}/resume"), ("POST", $"{Session}/end"), ("DELETE", Session),
    ];

    private sealed class BrokenSource : DbDataSource
    {
        public override string ConnectionString => "";

        protected override DbConnection CreateDbConnection() => throw new InvalidOperationException("A mistake of ours.");
    }
}
