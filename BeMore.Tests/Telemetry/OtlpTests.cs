namespace BeMore.Tests;

/// <summary>OpenTelemetry's own variables say where metrics and traces go, and how; without them nothing goes anywhere.</summary>
public sealed class OtlpTests : IAsyncLifetime
{
    private const string MetricsPath = "/v1/metrics";
    private const string TracesPath = "/v1/traces";
    private const string GrpcTracesPath = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    private FakeCollector _collector = null!;

    public async Task InitializeAsync() => _collector = await FakeCollector.StartAsync();

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task MetricsAndTracesAreSentUnderTheHubsName()
    {
        await using var hub = await ObservedHub.StartAsync(collector: _collector);

        await TalkAsync(hub);

        await _collector.UntilAsync(() => Has("bemore.turns.ended") && _collector.Spans.Any(s => s.Name == "turn"));
        _collector.Spans.Select(s => s.Resource).Concat(_collector.Points.Select(p => p.Resource)).Should().OnlyContain(r => r["service.name"] == "bemore-hub");
        _collector.Points.Should().Contain(p => p.Name == "bemore.turns.ended" && p.Unit == "{turn}" && p.Value == 1 && p.Attributes["outcome"] == "COMPLETE");
        _collector.Points.Should().Contain(p => p.Name == "gen_ai.client.token.usage" && p.Unit == "{token}" && p.Value == 100 && p.Attributes["gen_ai.token.type"] == "input");
    }

    [Fact]
    public async Task ByDefaultItIsGrpc()
    {
        await using var hub = await ObservedHub.StartAsync(
            new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _collector.GrpcUrl, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = null }, _collector);

        await TalkAsync(hub);

        await _collector.UntilAsync(() => Has("bemore.turns.ended") && _collector.Spans.Any(s => s.Name == "turn"));
    }

    [Fact]
    public async Task TheStandardVariablesAreHonoured()
    {
        await using var hub = await ObservedHub.StartAsync(
            new()
            {
                ["OTEL_SERVICE_NAME"] = "counsellor",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test",
                ["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=of-the-test",
                ["OTEL_TRACES_SAMPLER"] = "always_off",
            },
            _collector);

        await TalkAsync(hub);
        await _collector.UntilAsync(() => Has("bemore.turns.ended"));
        await hub.StopAsync();

        _collector.Points[0].Resource.Should().Contain("service.name", "counsellor").And.Contain("deployment.environment.name", "test");
        _collector.Headers.Should().Contain("api-key: of-the-test");
        _collector.Spans.Should().BeEmpty("no trace is sampled");
    }

    [Fact]
    public async Task OneSignalCanBeSentAlone()
    {
        await using var hub = await ObservedHub.StartAsync(
            new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = null, ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = $"{_collector.HttpUrl}/v1/traces" }, _collector);

        await TalkAsync(hub);
        await _collector.SpanAsync(s => s.Name == "turn");
        await hub.StopAsync();

        _collector.Points.Should().BeEmpty();
    }

    [Theory]
    [InlineData("METRICS")]
    [InlineData("TRACES")]
    public async Task ASignalThatNobodyWantsIsNotSent(string signal)
    {
        await using var hub = await ObservedHub.StartAsync(new() { [$"OTEL_{signal}_EXPORTER"] = "none" }, _collector);

        await TalkAsync(hub);
        await hub.StopAsync();

        (Has("bemore.turns.ended"), _collector.Spans.Any(s => s.Name == "turn")).Should().Be((signal != "METRICS", signal != "TRACES"));
        _collector.Paths.Should().Equal(signal == "METRICS" ? TracesPath : MetricsPath);
    }

    [Fact]
    public async Task WhereTheSdkIsOffNothingIsSentAndNothingIsShown()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["OTEL_SDK_DISABLED"] = "true", ["METRICS_PORT"] = "0" }, _collector);

        await TalkAsync(hub);
        var scrape = await hub.ScrapeAsync(_ => true);
        await hub.StopAsync();

        _collector.Paths.Should().BeEmpty();
        scrape.Numbers.Should().BeEmpty();
        hub.Process.ExitCode.Should().Be(0);
    }

    [Fact]
    public async Task EachSignalHasItsOwnHeadersAndWhereItHasNoneThoseOfAll()
    {
        await using var hub = await ObservedHub.StartAsync(
            new() { ["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=of-all", ["OTEL_EXPORTER_OTLP_METRICS_HEADERS"] = "api-key=of-metrics,x-tenant=t" }, _collector);

        await TalkAsync(hub);
        await hub.StopAsync();

        _collector.HeadersOf(MetricsPath).Should().Contain("api-key: of-metrics").And.Contain("x-tenant: t").And.NotContain("api-key: of-all");
        _collector.HeadersOf(TracesPath).Should().Contain("api-key: of-all").And.NotContain("x-tenant: t");
    }

    [Fact]
    public async Task EachSignalHasItsOwnProtocolAndWhereItHasNoneThatOfAll()
    {
        await using var hub = await ObservedHub.StartAsync(
            new()
            {
                ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "grpc",
                ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = _collector.GrpcUrl,
                ["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] = "api-key=of-traces",
            },
            _collector);

        await TalkAsync(hub);
        await hub.StopAsync();

        (Has("bemore.turns.ended"), _collector.Spans.Any(s => s.Name == "turn")).Should().Be((true, true));
        _collector.Paths.Should().BeEquivalentTo(MetricsPath, GrpcTracesPath);
        _collector.HeadersOf(GrpcTracesPath).Should().Contain("api-key: of-traces");
        _collector.HeadersOf(MetricsPath).Should().NotContain("api-key: of-traces");
    }

    [Fact]
    public async Task WhatWasMeasuredLastIsSentAtTheEnd()
    {
        // At intervals that no test waits for.
        await using var hub = await ObservedHub.StartAsync(
            new() { ["OTEL_METRIC_EXPORT_INTERVAL"] = "3600000", ["OTEL_BSP_SCHEDULE_DELAY"] = "3600000" }, _collector);

        await TalkAsync(hub);
        _collector.Spans.Should().BeEmpty();
        await hub.StopAsync();

        _collector.Spans.Should().ContainSingle(s => s.Name == "turn");
        Has("bemore.turns.ended").Should().BeTrue();
    }

    [Fact]
    public async Task WithoutAnEndpointNothingIsSentAndATurnHasNoSpan()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = " " }, _collector);

        await TalkAsync(hub);
        await hub.StopAsync();

        _collector.Headers.Should().BeEmpty();
        hub.Gemini.Requests.Should().ContainSingle();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ACollectorThatIsAwayOrDeafIsNobodysBusiness(bool isDeaf)
    {
        using var deaf = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        deaf.Start();
        var port = ((System.Net.IPEndPoint)deaf.LocalEndpoint).Port;
        if (!isDeaf)
        {
            deaf.Stop();
        }

        await using var hub = await ObservedHub.StartAsync(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{port}" }, _collector);

        await TalkAsync(hub);
        await TalkAsync(hub);
        await hub.StopAsync();

        hub.Process.ExitCode.Should().Be(0);
        hub.Process.Lines.Should().NotContain(line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("warn:", StringComparison.Ordinal));
    }

    private static async Task TalkAsync(ObservedHub hub)
    {
        await using var client = await hub.ConnectAsync("s");
        (await client.TurnAsync("안녕하세요"))[^1].Type.Should().Be(Frame.Complete);
        await client.CloseAsync();
    }

    /// <summary>It was counted, and not only from zero.</summary>
    private bool Has(string metric) => _collector.Points.Any(p => p.Name == metric && p.Value > 0);
}
