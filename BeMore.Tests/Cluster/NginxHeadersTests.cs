using System.Globalization;
using System.Net;

namespace BeMore.Tests;

/// <summary>Whom nginx says that a request is from and for, and whom it believes.</summary>
public sealed class NginxHeadersTests : IAsyncLifetime
{
    private ForwardingHub _a = null!;
    private ForwardingHub _b = null!;
    private NginxServer _nginx = null!;

    public async Task InitializeAsync()
    {
        (_a, _b) = (await StartAsync(), await StartAsync());
        _nginx = await NginxServer.StartAsync(_a.App.Http, _b.App.Http);
    }

    public async Task DisposeAsync()
    {
        await _nginx.DisposeAsync();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task ThePageOfTheHubsOpensItsSocketWhereItWasCalledFrom()
    {
        var origin = $"http://{_nginx.Http.Authority}";

        (await HandshakeProbe.AskAsync(_nginx.Socket("s"), origin)).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(_nginx.Socket("s"), "http://127.0.0.1")).Status.Should().Be(HttpStatusCode.Forbidden, "it is a page of another port");
        (await HandshakeProbe.AskAsync(_nginx.Socket("s"), $"http://localhost:{_nginx.Http.Port}")).Status.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task WhatEndsTlsBeforeItSaysWhoAskedAndHow()
    {
        var seen = await SeenAsync(
            NginxServer.TlsProxy, ("Host", "talk.example.com"), ("X-Forwarded-For", "198.51.100.1, 203.0.113.7"), ("X-Forwarded-Proto", "https"));

        seen.Header("X-Forwarded-For").Should().Be("203.0.113.7", "what that client said of others is dropped");
        seen.Header("X-Forwarded-Proto").Should().Be("https");
        seen.Header("X-Forwarded-Host").Should().Be("talk.example.com");
    }

    [Fact]
    public async Task WhoeverElseAsksCannotSayWhoHeIs()
    {
        var seen = await SeenAsync(
            IPAddress.Loopback, ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"), ("X-Real-IP", "203.0.113.7"));

        seen.Header("X-Forwarded-For").Should().Be("127.0.0.1");
        seen.Header("X-Forwarded-Proto").Should().Be("http");
        seen.Header("X-Forwarded-Host").Should().Be(_nginx.Http.Authority);
    }

    [Fact]
    public async Task WhoComesThroughAnotherProxyIsSentToAHubByHisOwnAddress()
    {
        var atA = new List<IReadOnlyList<string?>>();
        for (var time = 0; time < 2; time++)
        {
            var before = _a.Backend.Requests.Count;
            for (var person = 1; person <= 24; person++)
            {
                await SeenAsync(NginxServer.TlsProxy, ("X-Forwarded-For", string.Create(CultureInfo.InvariantCulture, $"203.0.113.{person}")));
            }

            atA.Add([.. _a.Backend.Requests.Skip(before).Select(r => r.Header("X-Forwarded-For"))]);
        }

        atA[0].Count.Should().BeInRange(1, 23, "both have some");
        atA[1].Should().Equal(atA[0]);
    }

    [Fact]
    public async Task TheProxyThatTheDocumentShowsDoesAsMuch()
    {
        var shown = new Document("docs/deployment.md").Blocks.Single(block => block.Language == "nginx").Text;
        await using var nginx = await NginxServer.StartAsync(port => $$"""
            events {}
            http {
                access_log off;
                map {{shown.Split("# map ")[1].Split('\n')[0]}}
                server {
                    listen 127.0.0.1:{{port}};
                    {{shown.Replace("127.0.0.1:8000", _a.App.Http.Authority, StringComparison.Ordinal)}}
                }
            }
            """);

        (await HandshakeProbe.AskAsync(nginx.Socket("s"), $"http://{nginx.Http.Authority}")).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        using var client = ForwardingHub.NewClient(nginx.Http);
        (await client.GetAsync(new Uri("api/x", UriKind.Relative))).EnsureSuccessStatusCode();
        var seen = _a.Backend.Requests[^1];
        (seen.Header("X-Forwarded-For"), seen.Header("X-Forwarded-Proto"), seen.Header("X-Forwarded-Host")).Should().Be(("127.0.0.1", "http", nginx.Http.Authority));
    }

    private static Task<ForwardingHub> StartAsync() => ForwardingHub.StartAsync(new() { ["TALK_PAGE"] = "true" });

    /// <summary>What the backend was told, behind whichever hub.</summary>
    private async Task<BackendRequest> SeenAsync(IPAddress from, params (string Name, string Value)[] headers)
    {
        var before = (A: _a.Backend.Requests.Count, B: _b.Backend.Requests.Count);
        using var client = new HttpClient(LoopbackClient.From(() => from));
        using var answer = await ForwardingHub.SendAsync(client, _nginx.Http, HttpMethod.Get, "/api/x", null, headers);
        answer.EnsureSuccessStatusCode();
        return _a.Backend.Requests.Count > before.A ? _a.Backend.Requests[^1] : _b.Backend.Requests[before.B];
    }
}
