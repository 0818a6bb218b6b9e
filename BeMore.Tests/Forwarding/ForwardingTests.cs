using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7, in front of the existing backend: what is not the hub's own goes there and comes back as it is.</summary>
public sealed class ForwardingTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task ACallArrivesAsItWasMade(string method)
    {
        await using var hub = await ForwardingHub.StartAsync();
        using var body = new StringContent("""{"말":"안녕하세요 👋"}""", Encoding.UTF8, "application/json");

        using var answer = await hub.SendAsync(
            new HttpMethod(method), "/api/session/s/end?a=1&a=2&q=%EC%95%88", body,
            ("Authorization", "Bearer x.y.z"), ("Origin", "https://app.example.com"), ("X-Request-Id", "r-1"), ("X-Name", "김하늘"), ("Cookie", "c=1; d=2"));

        (await ForwardingHub.EchoAsync(answer)).Text.Should().Be("""{"말":"안녕하세요 👋"}""");
        answer.Headers.GetValues("X-Backend").Should().Equal("echo");
        var seen = hub.Backend.Requests.Should().ContainSingle().Subject;
        seen.Method.Should().Be(method);
        seen.Target.Should().Be("/api/session/s/end?a=1&a=2&q=%EC%95%88");
        seen.Header("Authorization").Should().Be("Bearer x.y.z");
        seen.Header("Origin").Should().Be("https://app.example.com");
        seen.Header("X-Request-Id").Should().Be("r-1");
        seen.Header("X-Name").Should().Be("김하늘");
        seen.Header("Cookie").Should().Be("c=1; d=2");
        seen.Header("Content-Type").Should().Be("application/json; charset=utf-8");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/?a=b")]
    [InlineData("/index.html")]
    [InlineData("/api/unknown")]
    [InlineData("/ws")]
    [InlineData("/ws/landmarks/s")]
    [InlineData("/ws/sessions/s")]
    [InlineData("/api/health")]
    [InlineData("/api//double//")]
    [InlineData("/api/a%2541%25/b%2Fc/%7Ed/%ED%95%9C?q=%7E%41+%2B;|'()")]
    [InlineData("/api/a%2F..b%2F.../c%5C.d?x=..%2f..")]
    [InlineData("/api/.hidden/a..b/...?x=/../")]
    public async Task AnAddressArrivesInTheSameLetters(string target)
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await hub.SeenAsync(target)).Target.Should().Be(target);
    }

    [Theory]
    [InlineData("/a/../api/x?q=1", "/base/api/x?q=1")]
    [InlineData("/a/%2e%2E/%2e/x", "/base/x")]
    [InlineData("/../../x", "/base/x")]
    public async Task DotsDoNotLeadOutOfTheBackendsPath(string target, string seen)
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = $"{backend.Url}/base/" });

        using var answer = await hub.SendAsync(HttpMethod.Get, target);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        backend.Requests.Should().ContainSingle().Which.Target.Should().Be(seen);
    }

    [Fact]
    public async Task ThePathOfTheBackendsAddressIsKept()
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = $"{backend.Url}/base/v1" });

        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/x?y");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        backend.Requests.Should().ContainSingle().Which.Target.Should().Be("/base/v1/api/x?y");
    }

    [Fact]
    public async Task APostWithoutABodyHasNoneBehindTheHubEither()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(HttpMethod.Post, "/api/session/s/end");

        (await ForwardingHub.EchoAsync(answer)).Length.Should().Be(0);
        var seen = hub.Backend.Requests.Should().ContainSingle().Subject;
        seen.Header("Content-Length").Should().Be("0");
        seen.Headers.Should().NotContainKeys("Content-Type", "Transfer-Encoding");
    }

    [Fact]
    public async Task WhatTheBackendAnswersIsPassedOnAsItIs()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var moved = await hub.SendAsync(HttpMethod.Get, "/api/moved");
        using var file = await hub.SendAsync(HttpMethod.Get, "/api/file", null, ("Accept-Encoding", "gzip"));

        moved.StatusCode.Should().Be(HttpStatusCode.Found);
        moved.Headers.Location.Should().Be(new Uri("/elsewhere", UriKind.Relative));
        moved.Headers.GetValues("Set-Cookie").Should().Equal("a=1; HttpOnly", "b=2");
        file.Content.Headers.ContentEncoding.Should().Equal("gzip");
        file.Content.Headers.GetValues("Content-Disposition").Should().ContainSingle().Which.Should().Contain("상담 기록.txt");
        (await file.Content.ReadAsByteArrayAsync())[..2].Should().Equal([0x1f, 0x8b], "it is compressed as it was");
    }

    [Fact]
    public async Task TheBackendsCorsAnswerIsTheOnlyOne()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var preflight = await hub.SendAsync(
            HttpMethod.Options, "/api/auth/login", null,
            ("Origin", "https://app.example.com"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));
        using var login = await hub.SendAsync(HttpMethod.Post, "/api/auth/login", new StringContent("{}"), ("Origin", "https://app.example.com"));

        preflight.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(FakeBackend.AllowedOrigin);
        preflight.Headers.GetValues("Access-Control-Allow-Headers").Should().Equal("x-of-the-backend");
        login.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(FakeBackend.AllowedOrigin);
        login.Headers.GetValues("Vary").Should().Equal("Origin");
        AccessControl(preflight.Headers).Should().HaveCount(2);
        AccessControl(login.Headers).Should().HaveCount(1);
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task ItForwardsInEveryEnvironmentAndSaysWhereto(string environment)
    {
        await using var hub = await ForwardingHub.StartAsync(environment: environment);

        await hub.SeenAsync("/api/auth/me");

        var said = hub.App.Logs.Named("ForwardingTo").Should().ContainSingle().Subject;
        said.Level.Should().Be(LogLevel.Information);
        said.Message.Should().EndWith($" {hub.Backend.Url}.");
        hub.App.Logs.Named("NotInThisVersion").Should().BeEmpty();
        hub.App.Logs.Named("BackendsSessionsAreRefused").Should().BeEmpty();
    }

    [Fact]
    public async Task AnOperatorWhoForgotTheSessionsIsTold()
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["UNKNOWN_SESSIONS"] = null, ["BACKEND_URL"] = "http://127.0.0.1:9" }, "Production");

        hub.App.Logs.Named("BackendsSessionsAreRefused").Should().ContainSingle().Which.Level.Should().Be(LogLevel.Warning);
    }

    [Fact]
    public async Task NothingOfACallIsInTheLogs()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var echo = await hub.SendAsync(
            HttpMethod.Post, "/api/x?access_token=CANARY", new StringContent("CANARY"), ("Authorization", "Bearer CANARY"), ("Cookie", "CANARY"));
        using var broken = await hub.SendAsync(HttpMethod.Post, "/api/resets?access_token=CANARY", new StringContent("CANARY"), ("Authorization", "CANARY"));

        broken.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        hub.App.Logs.AllText.Should().Contain("/api/resets").And.NotContain("CANARY");
    }

    private static List<string> AccessControl(HttpResponseHeaders headers) =>
        [.. headers.Where(h => h.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)).Select(h => h.Key)];
}
