using System.Net;
using System.Text.Json;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7: <c>/ws/session/*</c>, <c>/hubs/*</c> and <c>/health*</c> are never forwarded.</summary>
public sealed class OwnPathTests
{
    [Theory]
    [InlineData("/ws/session")]
    [InlineData("/ws/session/")]
    [InlineData("/ws/session/a/b")]
    [InlineData("/WS/Session/a/b")]
    [InlineData("/ws//session/a")]
    [InlineData("//ws/session/a")]
    [InlineData("/ws%2Fsession/a")]
    [InlineData("/ws/%73ession/a/b")]
    [InlineData("/api/../ws/session/a/b")]
    [InlineData("/hubs")]
    [InlineData("/hubs/")]
    [InlineData("/hubs/unknown")]
    [InlineData("/HUBS/unknown/negotiate")]
    [InlineData("/hubs/counselling/unknown")]
    [InlineData("/health/unknown")]
    [InlineData("/HEALTH/unknown")]
    [InlineData("/healthz")]
    public async Task WhereTheHubHasNothingItSaysSoItself(string target)
    {
        await using var hub = await ForwardingHub.StartAsync();

        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
        {
            using var answer = await hub.SendAsync(method, target, null, ("Origin", "https://app.example.com"));

            answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
            answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
            var envelope = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            envelope.GetProperty("success").GetBoolean().Should().BeFalse();
            envelope.GetProperty("error").GetProperty("code").GetString().Should().Be("NOT_FOUND");
        }

        hub.Backend.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/x/..%2f..%2fadmin")]
    [InlineData("/x%2F..%2Fadmin")]
    [InlineData("/x/..%2Fadmin?q=1")]
    [InlineData("/x/%2e%2E%2fadmin")]
    [InlineData("/x/..%5c..%5Cadmin")]
    [InlineData("/x\\..\\admin")]
    [InlineData("/a/../x/..%2fadmin")]
    public async Task ASlashInDisguiseLeadsNobodyUp(string target)
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(HttpMethod.Get, target);

        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
        hub.Backend.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("GET", "/health/live", HttpStatusCode.OK)]
    [InlineData("GET", "/HEALTH/LIVE", HttpStatusCode.OK)]
    [InlineData("GET", "/health", HttpStatusCode.ServiceUnavailable)]
    [InlineData("GET", "/ws/session/s", HttpStatusCode.UpgradeRequired)]
    [InlineData("GET", "/WS/SESSION/s", HttpStatusCode.UpgradeRequired)]
    [InlineData("POST", "/ws/session/s", HttpStatusCode.UpgradeRequired)]
    [InlineData("POST", "/hubs/counselling/negotiate?negotiateVersion=1", HttpStatusCode.OK)]
    [InlineData("POST", "/Hubs/Counselling/negotiate?negotiateVersion=1", HttpStatusCode.OK)]
    public async Task WhatTheHubHasItAnswersItself(string method, string target, HttpStatusCode status)
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(new HttpMethod(method), target);

        answer.StatusCode.Should().Be(status);
        hub.Backend.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/ws/session/a/b")]
    [InlineData("/hubs/unknown")]
    [InlineData("/healthz")]
    public async Task AHandshakeToNowhereIsRefusedHere(string path)
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await HandshakeProbe.AskAsync(new Uri(hub.App.Http, path))).Status.Should().Be(HttpStatusCode.NotFound);

        hub.Backend.Requests.Should().BeEmpty();
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task ASessionThatTheBackendIssuedIsCounselledHere(string environment)
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await TestHub.StartAsync(
            new() { ["BACKEND_URL"] = backend.Url, ["UNKNOWN_SESSIONS"] = "create" }, environment: environment);

        await using var client = await hub.ConnectAsync("sess_1704902400000_0a1b2c3d");
        await client.RequestAsync("안녕하세요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await hub.TurnsAsync("sess_1704902400000_0a1b2c3d")).Should().ContainSingle();
        backend.Requests.Should().BeEmpty();
    }
}
