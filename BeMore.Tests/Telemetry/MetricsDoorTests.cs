namespace BeMore.Tests;

/// <summary><c>/metrics</c> has a port of its own, where nothing else is; who reaches the hub's other door does not reach it.</summary>
public sealed class MetricsDoorTests
{
    [Fact]
    public async Task TheDoorThatEverybodyReachesHasNoMetrics()
    {
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0" });

        (await hub.StatusOfAsync(hub.Metrics, "metrics")).Should().Be(200);
        (await hub.StatusOfAsync(hub.Http, "metrics")).Should().Be(404);
    }

    [Fact]
    public async Task TheDoorOfTheMetricsHasNothingElse()
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0", ["BACKEND_URL"] = backend.Url });

        foreach (var path in (string[])
            ["", "health", "health/live", "api/session/s", "ws/session/s", "ws/voice/s", "hubs/counselling/negotiate?negotiateVersion=1", "api/../metric"])
        {
            (await hub.StatusOfAsync(hub.Metrics, path)).Should().Be(404, path);
            (await hub.StatusOfAsync(hub.Metrics, path, HttpMethod.Post)).Should().Be(404, path);
        }

        backend.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task InFrontOfAnotherBackendThePathIsThatBackends()
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0", ["BACKEND_URL"] = backend.Url });

        (await hub.StatusOfAsync(hub.Http, "metrics")).Should().Be(200);
        backend.Requests.Should().ContainSingle().Which.Target.Should().Be("/metrics");
        (await hub.StatusOfAsync(hub.Metrics, "metrics")).Should().Be(200);
        backend.Requests.Should().ContainSingle("what is the hub's own is not forwarded");
    }

    [Fact]
    public async Task WithoutAPortThereAreNone()
    {
        await using var hub = await ObservedHub.StartAsync();

        hub.Process.Lines.Should().ContainSingle(line => line.Contains("Now listening on", StringComparison.Ordinal));
        (await hub.StatusOfAsync(hub.Http, "metrics")).Should().Be(404);
    }
}
