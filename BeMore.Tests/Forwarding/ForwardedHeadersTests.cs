namespace BeMore.Tests;

/// <summary>Who is said to have asked: what proxies that are trusted say, and nothing that anybody else does.</summary>
public sealed class ForwardedHeadersTests
{
    // The tests' clients are on loopback: with this they are nobody in particular.
    private static readonly Dictionary<string, string?> TrustingSomebodyElse = new() { ["TRUSTED_PROXIES"] = "10.9.9.9" };

    [Fact]
    public async Task TheBackendIsToldWhoAskedAndWhom()
    {
        await using var hub = await ForwardingHub.StartAsync();

        var seen = await hub.SeenAsync(headers: ("Host", "api.example.com"));

        seen.Header("Host").Should().Be(hub.Backend.Authority, "the backend may be one of many behind its address");
        seen.Header("X-Forwarded-For").Should().Be("127.0.0.1");
        seen.Header("X-Forwarded-Proto").Should().Be("http");
        seen.Header("X-Forwarded-Host").Should().Be("api.example.com");
        seen.Headers.Should().NotContainKey("X-Forwarded-Prefix");
    }

    [Fact]
    public async Task WhoeverIsNotTrustedCannotSayWhoHeIs()
    {
        await using var hub = await ForwardingHub.StartAsync(TrustingSomebodyElse);

        var seen = await hub.SeenAsync(
            "/api/x",
            ("Host", "api.example.com"), ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "203.0.113.8"), ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Port", "666"), ("X-Forwarded-Anything", "evil"),
            ("Forwarded", "for=203.0.113.7;host=evil.example"), ("X-Original-For", "203.0.113.7"), ("X-Original-Host", "evil.example"),
            ("X-Original-URL", "/evil"), ("x_forwarded_for", "203.0.113.7"), ("X_Original_Proto", "https"), ("X-Fine", "fine"));

        seen.Header("X-Forwarded-For").Should().Be("127.0.0.1");
        seen.Header("X-Forwarded-Proto").Should().Be("http");
        seen.Header("X-Forwarded-Host").Should().Be("api.example.com");
        seen.Header("X-Fine").Should().Be("fine");
        seen.Headers.Keys.Where(name => name.Replace('_', '-').Contains("orwarded", StringComparison.OrdinalIgnoreCase))
            .Should().BeEquivalentTo("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host");
        seen.Headers.Keys.Should().NotContain(name => name.Contains("original", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task AnybodysWordIsNotTakenBecauseAVariableOfTheFrameworkSaysSo()
    {
        await using var hub = await ForwardingHub.StartAsync(new(TrustingSomebodyElse) { ["FORWARDEDHEADERS_ENABLED"] = "true" });

        (await hub.SeenAsync("/api/x", ("X-Forwarded-For", "203.0.113.7"))).Header("X-Forwarded-For").Should().Be("127.0.0.1");
    }

    [Fact]
    public async Task AProxyOnThisMachineIsTrustedUnlessToldOtherwise()
    {
        await using var hub = await ForwardingHub.StartAsync();

        var seen = await hub.SeenAsync(
            "/api/x",
            ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "app.example.com"), ("X-Forwarded-Prefix", "/hub"));

        seen.Target.Should().Be("/api/x");
        seen.Header("X-Forwarded-For").Should().Be("203.0.113.7");
        seen.Header("X-Forwarded-Proto").Should().Be("https");
        seen.Header("X-Forwarded-Host").Should().Be("app.example.com");
        seen.Headers.Should().NotContainKey("X-Forwarded-Prefix", "a proxy that does not set it passes on what its client says");
        seen.Headers.Keys.Should().NotContain(name => name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("203.0.113.7, 10.1.2.3, 10.200.0.1", "203.0.113.7")]
    [InlineData("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7")]
    [InlineData("203.0.113.7:51234, 192.0.2.44", "203.0.113.7")]
    [InlineData("2001:db8::7, 192.0.2.44", "2001:db8::7")]
    [InlineData("203.0.113.7, 192.0.2.45", "192.0.2.45")]
    [InlineData("nonsense, 10.1.2.3", "10.1.2.3")]
    [InlineData("10.1.2.3", "10.1.2.3")]
    public async Task AllTrustedHopsAreUnwoundAndNoneBeyond(string said, string client)
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["TRUSTED_PROXIES"] = "127.0.0.1, 10.0.0.0/8 , 192.0.2.44,::1" });

        (await hub.SeenAsync("/api/x", ("X-Forwarded-For", said))).Header("X-Forwarded-For").Should().Be(client);
    }

    [Fact]
    public async Task AHandshakeIsTreatedLikeACall()
    {
        await using var hub = await ForwardingHub.StartAsync(TrustingSomebodyElse);

        await HandshakeProbe.AskAsync(hub.App.Socket("s", "voice"), null, ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Host", "evil.example"));

        var seen = hub.Backend.Requests.Should().ContainSingle().Subject;
        seen.Header("Host").Should().Be(hub.Backend.Authority);
        seen.Header("X-Forwarded-For").Should().Be("127.0.0.1");
        seen.Header("X-Forwarded-Host").Should().Be(hub.App.Http.Authority);
    }
}
