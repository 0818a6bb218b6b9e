using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>The contract's documents, as a hub serves them: where, and how much of them.</summary>
public sealed class ContractServedTests
{
    private static readonly string[] AnalysisSockets = ["/ws/landmarks/{sessionId}", "/ws/voice/{sessionId}"];

    [Fact]
    public async Task InDevelopmentTheyAreServedAsTheyStandInTheRepository()
    {
        await using var hub = await TestHub.StartAsync();

        var (openApi, asyncApi) = await ReadAsync(hub.App);

        // Without METRICS_PORT there is no such door.
        var expected = ContractFiles.OpenApi;
        expected["paths"]!.AsObject().Remove("/metrics");
        JsonNode.DeepEquals(openApi, expected).Should().BeTrue("{0} is what is in the repository, but for /metrics", openApi);
        JsonNode.DeepEquals(asyncApi, ContractFiles.AsyncApi).Should().BeTrue("{0} is what is in the repository", asyncApi);
        hub.App.Logs.Named("ContractServed").Should().ContainSingle();
    }

    [Fact]
    public async Task APageThatIsAllowedMayReadThem()
    {
        await using var hub = await TestHub.StartAsync();

        var answer = await GetAsync(hub.App, "openapi.json", ("Origin", "http://localhost:5173"));

        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("http://localhost:5173");
        answer.Content.Headers.ContentType!.ToString().Should().Be("application/json; charset=utf-8");
    }

    [Theory]
    [InlineData("Development", "false")]
    [InlineData("Production", null)]
    [InlineData("Production", "false")]
    public async Task WhereTheyAreNotAskedForThereAreNone(string environment, string? setting)
    {
        await using var hub = await TestHub.StartAsync(new() { ["API_DOCUMENTS"] = setting }, environment: environment);

        (await GetAsync(hub.App, "openapi.json")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await GetAsync(hub.App, "asyncapi.json")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        hub.App.Logs.Named("ContractServed").Should().BeEmpty();
    }

    [Fact]
    public async Task InProductionTheyDoNotSpeakOfStandIns()
    {
        await using var hub = await TestHub.StartAsync(new() { ["API_DOCUMENTS"] = "true" }, environment: "Production");

        var (openApi, asyncApi) = await ReadAsync(hub.App);

        PathsOf(openApi).Should().Contain("/api/session/{id}").And.Contain(AnalysisSockets)
            .And.NotContain(path => path.StartsWith("/api/auth", StringComparison.Ordinal) || path.EndsWith("/feedback", StringComparison.Ordinal))
            .And.NotContain(["/", "/metrics", "/api/dashboard/summary", "/api/user/preferences"]);
        ChannelsOf(asyncApi).Should().HaveCount(4);
    }

    [Fact]
    public async Task InFrontOfAnotherBackendTheySpeakOfWhatTheHubServesItself()
    {
        await using var backend = await FakeBackend.StartAsync();
        var settings = ForwardingHub.Settings(backend.Url);
        settings["API_DOCUMENTS"] = "true";
        await using var app = await BeMoreApplication.StartAsync("Development", settings);

        var (openApi, asyncApi) = await ReadAsync(app);

        PathsOf(openApi).Should().BeEquivalentTo(
            "/health", "/health/live", "/ws/session/{sessionId}", "/hubs/counselling/negotiate", "/openapi.json", "/asyncapi.json");
        ChannelsOf(asyncApi).Should().BeEquivalentTo("/ws/session/{sessionId}", "/hubs/counselling");
        asyncApi["operations"]!.AsObject().Select(o => o.Key).Should().Contain("ask").And.NotContain("voicePing");
        backend.Requests.Should().BeEmpty();
    }

    [Fact]
    public async Task ABackendsOwnDocumentsAreNotHidden()
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await GetAsync(hub.App, "openapi.json")).Headers.GetValues("X-Backend").Should().Equal("echo");
        (await GetAsync(hub.App, "asyncapi.json")).Headers.GetValues("X-Backend").Should().Equal("echo");
    }

    [Fact]
    public async Task EveryRouteOfAHubStandsInOneOfThem()
    {
        string[] none =
        [
            "/api/{**path}", // calls that there are not
            "/{**path}", // the other backend's
        ];
        await using var backend = await FakeBackend.StartAsync();
        await using var alone = await TestHub.StartAsync();
        await using var inFront = await TestHub.StartAsync(new() { ["BACKEND_URL"] = backend.Url, ["API_DOCUMENTS"] = "true", ["TALK_PAGE"] = "true" });
        var promised = ContractFiles.OpenApi["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(call => $"{call.Key.ToUpperInvariant()} {path.Key}"))
            .Concat(ChannelsOf(ContractFiles.AsyncApi).Select(address => $"GET {address}"))
            .ToHashSet();

        var routes = new[] { alone, inFront }
            .SelectMany(hub => hub.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
            .Select(route => (Path: $"/{route.RoutePattern.RawText!.TrimStart('/')}", Methods: route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods))
            // The page's own files, which are no interface.
            .Where(route => !none.Contains(route.Path) && !route.Path.StartsWith("/talk-page/", StringComparison.Ordinal))
            .ToList();

        routes.Select(route => route.Path).Should().Contain(["/health", "/api/session/{id}/end", "/ws/voice/{sessionId}", "/hubs/counselling", "/openapi.json"]);
        foreach (var (path, methods) in routes)
        {
            // HEAD is GET without a body. A route that takes all methods is there for the one that it is called with.
            foreach (var method in methods?.Where(method => method is not "HEAD") ?? [promised.Contains($"POST {path}") ? "POST" : "GET"])
            {
                promised.Should().Contain($"{method} {path}");
            }
        }
    }

    private static IEnumerable<string> PathsOf(JsonNode openApi) => openApi["paths"]!.AsObject().Select(path => path.Key);

    private static IEnumerable<string> ChannelsOf(JsonNode asyncApi) => asyncApi["channels"]!.AsObject().Select(channel => (string)channel.Value!["address"]!);

    /// <summary>Both, which are valid.</summary>
    private static async Task<(JsonNode OpenApi, JsonNode AsyncApi)> ReadAsync(BeMoreApplication app)
    {
        var openApi = await (await GetAsync(app, "openapi.json")).EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        var asyncApi = await (await GetAsync(app, "asyncapi.json")).EnsureSuccessStatusCode().Content.ReadAsStringAsync();
        (await ContractFiles.ValidateAsync(openApi, asyncApi)).Problems.Should().BeEmpty();
        return (JsonNode.Parse(openApi)!, JsonNode.Parse(asyncApi)!);
    }

    private static async Task<HttpResponseMessage> GetAsync(BeMoreApplication app, string path, params (string Name, string Value)[] headers)
    {
        using var client = ForwardingHub.NewClient(app.Http);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Http, path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request);
    }
}
