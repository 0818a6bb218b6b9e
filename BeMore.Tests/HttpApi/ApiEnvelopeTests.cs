using System.Net;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7: every call is answered in the frontend's envelope, to its page, whatever happens.</summary>
public sealed class ApiEnvelopeTests
{
    private const string Page = "http://localhost:5173";
    private const string AnotherPage = "http://localhost:51730";

    /// <summary>What the frontend's preflights ask for.</summary>
    private const string FrontendsHeaders = "authorization, content-type, x-client-version, x-csrf-token, x-device-id, x-request-id, x-timestamp";

    private static readonly (string Method, string Path)[] Calls =
    [
        ("POST", "session/start"), ("GET", "session/s"), ("POST", "session/s/pause"), ("POST", "session/s/resume"), ("POST", "session/s/end"),
        ("DELETE", "session/s"), ("GET", "session/s/conversations"),
    ];

    [Fact]
    public async Task ACallThatThereIsNotIsNotFound()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");

        foreach (var (method, path) in ((string, string)[])
            [
                ("GET", "x"), ("GET", ""), ("POST", "auth/login/nobody"), ("GET", "session/s/summary"), ("GET", "session/s/report"), ("PUT", "session/s"),
                ("GET", "session/s/pause"), ("DELETE", "session/s/conversations"), ("GET", "session/s/conversations/1"), ("POST", "session"),
            ])
        {
            var answer = await hub.App.CallAsync(method, path, origin: Page);
            answer.Status.Should().Be(HttpStatusCode.NotFound, "{0} {1}", method, path);
            answer.Body.Should().Be("""{"success":false,"error":{"code":"NOT_FOUND","message":"요청하신 항목을 찾을 수 없습니다"}}""");
            answer.Header("access-control-allow-origin").Should().Be(Page, "otherwise the frontend could not read it");
        }
    }

    [Fact]
    public async Task WhatTheBrowserAsksBeforeACallIsAnsweredWithoutAToken()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });

        foreach (var (method, path) in ((string, string)[])[.. Calls, ("PUT", "session/s"), ("PATCH", "x"), ("PUT", "x"), ("DELETE", "x")])
        {
            var allowed = await PreflightAsync(hub, Page, method, path);
            var refused = await PreflightAsync(hub, AnotherPage, method, path);
            allowed.Status.Should().Be(HttpStatusCode.NoContent, "{0} {1}", method, path);
            allowed.Header("access-control-allow-origin").Should().Be(Page);
            allowed.Header("access-control-allow-methods").Should().Be(method);
            allowed.Header("access-control-allow-headers")!.Split(',', StringSplitOptions.TrimEntries).Should().Contain(FrontendsHeaders.Split(", "));
            allowed.Header("access-control-max-age").Should().Be("3600");
            refused.Headers.Keys.Should().NotContain(name => name.StartsWith("access-control-", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task AnotherPageIsGivenNoLeaveToReadWhatItAskedFor()
    {
        await using var hub = await TestHub.StartAsync();

        (await hub.App.CallAsync("POST", "session/start", origin: Page)).Header("access-control-allow-origin").Should().Be(Page);
        (await hub.App.CallAsync("POST", "session/start", origin: AnotherPage)).Header("access-control-allow-origin").Should().BeNull();
    }

    [Fact]
    public async Task WhoHasNoTokenIsToldSoInTheEnvelope()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });

        foreach (var (method, path) in Calls)
        {
            var answer = await hub.App.CallAsync(method, path, origin: Page);
            answer.Status.Should().Be(HttpStatusCode.Unauthorized);
            answer.Body.Should().Be("""{"success":false,"error":{"code":"UNAUTHORIZED","message":"로그인이 필요합니다"}}""");
            answer.Header("www-authenticate").Should().Be("Bearer", "what was wrong with a token is nobody's business");
            answer.Header("access-control-allow-origin").Should().Be(Page);
        }
    }

    [Fact]
    public async Task ADatabaseThatIsAwayIsSaidSoOfEveryCallAndCostsNoneWhenItIsBack()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?> { ["DATABASE_URL"] = await MigratedAsync(cluster) });
        var session = await app.StartSessionAsync();

        await cluster.StopAsync();
        foreach (var (method, path) in Calls)
        {
            var answer = await app.CallAsync(method, path, origin: Page);
            answer.Status.Should().Be(HttpStatusCode.ServiceUnavailable, "{0} {1}: {2}", method, path, answer.Body);
            answer.Body.Should().Be("""{"success":false,"error":{"code":"DATABASE_UNAVAILABLE","message":"서비스를 일시적으로 사용할 수 없습니다. 잠시 후 다시 시도해주세요"}}""");
            answer.Header("access-control-allow-origin").Should().Be(Page);
        }

        await cluster.StartAgainAsync();
        (await app.CallAsync("GET", $"session/{session}")).Status.Should().Be(HttpStatusCode.OK);
        NpgsqlConnection.ClearAllPools();
    }

    [Fact]
    public async Task ADatabaseThatWasStartedAnewUnnoticedCostsNoCall()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?> { ["DATABASE_URL"] = await MigratedAsync(cluster) });
        await app.StartSessionAsync();

        await cluster.StopAsync();
        await cluster.StartAgainAsync();

        (await app.CallAsync("POST", "session/start")).Status.Should().Be(HttpStatusCode.OK, "the dead connections in the pool are the hub's own business");
        NpgsqlConnection.ClearAllPools();
    }

    [Fact]
    public async Task ATableThatSomebodyHoldsForLongIsADatabaseThatIsAway()
    {
        var url = await TestHub.CreateDatabaseAsync("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 100', current_database()); END $$");
        await using var hub = await TestHub.StartAsync(new() { ["DATABASE_URL"] = url });
        var session = await hub.App.StartSessionAsync();
        await using var other = await hub.OpenAsync();
        await using var holding = await other.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("LOCK TABLE conversations", other);
        await hold.ExecuteNonQueryAsync();

        (await hub.App.CallAsync("GET", $"session/{session}/conversations")).Code.Should().Be("DATABASE_UNAVAILABLE");
    }

    [Fact]
    public async Task WhatBreaksIsNotToldToTheCaller()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");
        await hub.ExecuteAsync("ALTER TABLE conversations RENAME TO secret");

        var answer = await hub.App.CallAsync("GET", "session/s/conversations");

        ((int)answer.Status).Should().BeGreaterThanOrEqualTo(500);
        answer.Body.Should().NotContain("secret").And.NotContain("conversations").And.NotContain("xception").And.NotContain("42P01");
        hub.App.Logs.Entries.Should().Contain(e => e.Exception != null, "details stay in the log");
    }

    private static Task<ApiAnswer> PreflightAsync(TestHub hub, string origin, string method, string path) => hub.App.CallAsync(
        "OPTIONS", path, origin: origin, headers: [("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", FrontendsHeaders)]);

    private static async Task<string> MigratedAsync(PostgresCluster cluster)
    {
        var url = await cluster.CreateDatabaseAsync();
        await TestHub.MigrateAsync(cluster, url);
        return url;
    }
}
