using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>The hub in front of another backend. Its database and its model are away: what is forwarded needs neither.</summary>
public sealed class ForwardingHub : IAsyncDisposable
{
    private readonly FakeBackend? _backend;

    private ForwardingHub(FakeBackend? backend, BeMoreApplication app)
    {
        _backend = backend;
        App = app;
        Client = NewClient(app.Http);
    }

    public FakeBackend Backend => _backend ?? throw new InvalidOperationException("This hub's backend is away.");

    public BeMoreApplication App { get; }

    /// <summary>Changes nothing of what it is given and of what it gets.</summary>
    public HttpClient Client { get; }

    /// <param name="settings">Over those of a test; with a BACKEND_URL there is no backend but what the test makes.</param>
    public static async Task<ForwardingHub> StartAsync(
        Dictionary<string, string?>? settings = null,
        string environment = "Development",
        TimeProvider? time = null,
        Action<IServiceCollection>? services = null)
    {
        var backend = settings?.ContainsKey("BACKEND_URL") == true ? null : await FakeBackend.StartAsync();
        var all = Settings(backend?.Url);
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        return new ForwardingHub(backend, await BeMoreApplication.StartAsync(environment, all, time, services));
    }

    public static Dictionary<string, string?> Settings(string? backendUrl) => new()
    {
        ["PORT"] = "0",
        ["DATABASE_URL"] = "postgres://u:p@127.0.0.1:9/d",
        ["GEMINI_API_KEY"] = "test-key",
        ["ALLOWED_ORIGINS"] = "https://app.example.com",
        ["UNKNOWN_SESSIONS"] = "create",
        ["BACKEND_URL"] = backendUrl,
    };

    public static HttpClient NewClient(Uri hub) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
    })
    {
        BaseAddress = hub,
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <param name="target">Path and query, sent in these very letters.</param>
    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string target, HttpContent? content = null, params (string Name, string Value)[] headers) =>
        SendAsync(Client, App.Http, method, target, content, headers);

    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient client, Uri hub, HttpMethod method, string target, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(hub);
        ArgumentNullException.ThrowIfNull(headers);
        var asItIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        using var request = new HttpRequestMessage(method, new Uri(hub.GetLeftPart(UriPartial.Authority) + target, asItIs)) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>What the backend saw of a call that this makes.</summary>
    public async Task<BackendRequest> SeenAsync(string target = "/api/x", params (string Name, string Value)[] headers)
    {
        var before = Backend.Requests.Count;
        using var answer = await SendAsync(HttpMethod.Get, target, null, headers);
        answer.EnsureSuccessStatusCode();
        return await Backend.RequestAsync(before);
    }

    public static async Task<EchoedBody> EchoAsync(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<EchoedBody>())!;
    }

    public async Task<ClientWebSocket> OpenSocketAsync(string path, Action<ClientWebSocketOptions>? options = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        options?.Invoke(socket.Options);
        using var clock = new CancellationTokenSource(Pulse.Patience);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{App.Http.Port}{path}"), clock.Token);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        if (_backend is not null)
        {
            await _backend.DisposeAsync();
        }
    }
}
