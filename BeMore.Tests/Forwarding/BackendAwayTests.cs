using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using BeMore.Forwarding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>Where the backend does not answer, the hub says so, readably for our pages; its own work goes on.</summary>
public sealed class BackendAwayTests
{
    private const string Unavailable =
        """{"success":false,"error":{"code":"BACKEND_UNAVAILABLE","message":"서비스에 연결할 수 없습니다. 잠시 후 다시 시도해주세요"}}""";

    private static readonly (string, string) Page = ("Origin", "https://app.example.com");

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task ACallGets502InTheEnvelopeThatOurPagesCanRead(string environment)
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = await FakeBackend.FreeUrlAsync() }, environment);

        using var answer = await hub.SendAsync(HttpMethod.Post, "/api/auth/login?access_token=CANARY", new StringContent("CANARY"), Page);

        answer.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync()).Should().Be(Unavailable);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
        var logged = hub.App.Logs.Named("NoAnswer").Should().ContainSingle().Subject;
        logged.Level.Should().Be(LogLevel.Warning);
        logged.Value("Path").Should().Be("/api/auth/login");
        logged.Value("Reason").Should().Be("ConnectionRefused");
        hub.App.Logs.AllText.Should().NotContain("CANARY");
    }

    [Fact]
    public async Task OtherPagesCannotReadIt()
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = await FakeBackend.FreeUrlAsync() });

        using var foreign = await hub.SendAsync(HttpMethod.Get, "/api/x", null, ("Origin", "https://elsewhere.example"));
        using var none = await hub.SendAsync(HttpMethod.Get, "/api/x");

        foreign.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        AccessControl(foreign.Headers).Should().BeEmpty();
        AccessControl(none.Headers).Should().BeEmpty();
    }

    [Fact]
    public async Task APreflightIsAnsweredSoThatTheBrowserGoesOnToTheCall()
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = await FakeBackend.FreeUrlAsync() });

        using var answer = await PreflightAsync(hub);

        answer.StatusCode.Should().Be(HttpStatusCode.NoContent);
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
        answer.Headers.GetValues("Access-Control-Allow-Methods").Should().Equal("POST");
        answer.Headers.GetValues("Access-Control-Allow-Headers").Single().Should().Contain("authorization").And.Contain("x-device-id");
        answer.Headers.Should().NotContain(h => h.Key == "Access-Control-Max-Age", "the backend is to be asked when it is back");
    }

    [Fact]
    public async Task AHandshakeIsRefusedWith502()
    {
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = await FakeBackend.FreeUrlAsync() });

        (await HandshakeProbe.AskAsync(hub.App.Socket("s", "landmarks"), "https://app.example.com"))
            .Should().Be(new HandshakeAnswer(HttpStatusCode.BadGateway, Unavailable));
    }

    [Fact]
    public async Task CounsellingGoesOnWithoutIt()
    {
        await using var hub = await TestHub.StartAsync(new() { ["BACKEND_URL"] = await FakeBackend.FreeUrlAsync() }, environment: "Development");
        using var http = ForwardingHub.NewClient(hub.App.Http);

        (await http.GetAsync(new Uri("api/x", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.BadGateway);
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("안녕하세요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await http.GetAsync(new Uri("health", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task WhenItComesUpItIsThereWithoutAStartOfTheHub()
    {
        var url = await FakeBackend.FreeUrlAsync();
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = url });
        (await StatusAsync(hub)).Should().Be(HttpStatusCode.BadGateway);

        foreach (var _ in (string[])["comes", "comes back"])
        {
            await using (var backend = await FakeBackend.StartAsync(url))
            {
                (await StatusAsync(hub)).Should().Be(HttpStatusCode.OK);
                (await PreflightAsync(hub)).Headers.GetValues("Access-Control-Allow-Origin").Should().Equal(FakeBackend.AllowedOrigin);
            }

            (await StatusAsync(hub)).Should().Be(HttpStatusCode.BadGateway);
        }
    }

    [Fact]
    public async Task AConnectionThatIsResetBeforeTheAnswerIs502()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(HttpMethod.Post, "/api/resets", new StringContent("x"), Page);

        answer.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync()).Should().Be(Unavailable);
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ABackendThatNeverAnswersIs504(bool upload)
    {
        var time = new ObservedTime();
        await using var hub = await ForwardingHub.StartAsync(time: time);

        var asking = hub.SendAsync(upload ? HttpMethod.Post : HttpMethod.Get, "/api/hangs", upload ? new StringContent("x") : null, Page);
        var seen = await hub.Backend.RequestAsync();
        time.Advance(TimeSpan.FromSeconds(99));
        asking.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(2));

        using var answer = await asking.WaitAsync(Pulse.Patience);
        answer.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
        (await answer.Content.ReadAsStringAsync()).Should().Be(Unavailable);
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
        (await seen.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("nobody waits for it any more");
        hub.App.Logs.Named("NoAnswer").Should().ContainSingle().Which.Value("Reason").Should().Be(nameof(TimeoutException));
    }

    [Fact]
    public async Task AnAnswerThatHasBegunMayTakeItsTime()
    {
        var time = new ObservedTime();
        await using var hub = await ForwardingHub.StartAsync(time: time);
        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/events");

        time.Advance(TimeSpan.FromMinutes(30));
        hub.Backend.Release("data: 늦었어요\n\n");
        hub.Backend.Release(null);

        (await answer.Content.ReadAsStringAsync().WaitAsync(Pulse.Patience)).Should().Be("data: 늦었어요\n\n");
    }

    [Fact]
    public async Task AHostThatDoesNotTakeConnectionsIs504()
    {
        // A full backlog drops what more comes, as a firewall would.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var address = (IPEndPoint)listener.LocalEndPoint!;
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await first.ConnectAsync(address);
        await using var hub = await ForwardingHub.StartAsync(
            new() { ["BACKEND_URL"] = $"http://{address}" },
            services: services => services.Replace(ServiceDescriptor.Singleton(
                new ForwardingOptions { Backend = $"http://{address}", ConnectTimeout = TimeSpan.FromMilliseconds(300) })));

        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/x", null, Page);

        answer.StatusCode.Should().Be(HttpStatusCode.GatewayTimeout);
        (await answer.Content.ReadAsStringAsync()).Should().Be(Unavailable);
    }

    [Fact]
    public async Task AHubThatIsItsOwnBackendSaysSoAndDoesNotMelt()
    {
        var url = await FakeBackend.FreeUrlAsync();
        await using var hub = await ForwardingHub.StartAsync(new() { ["BACKEND_URL"] = url, ["PORT"] = $"{new Uri(url).Port}" });

        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/x?q=CANARY", null, Page);
        var handshake = await HandshakeProbe.AskAsync(hub.App.Socket("s", "voice"));

        answer.StatusCode.Should().Be(HttpStatusCode.BadGateway);
        (await answer.Content.ReadAsStringAsync()).Should().Be(Unavailable);
        answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("https://app.example.com");
        handshake.Status.Should().Be(HttpStatusCode.BadGateway);
        hub.App.Logs.Named("BackendIsThisHub").Should().HaveCount(2).And.OnlyContain(e => e.Level == LogLevel.Error);
        hub.App.Logs.AllText.Should().NotContain("CANARY");
    }

    private static async Task<HttpStatusCode> StatusAsync(ForwardingHub hub)
    {
        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/x");
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> PreflightAsync(ForwardingHub hub) => hub.SendAsync(
        HttpMethod.Options, "/api/auth/login", null,
        Page, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization, content-type, x-device-id"));

    private static IEnumerable<string> AccessControl(HttpResponseHeaders headers) =>
        headers.Select(h => h.Key).Where(name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
}
