using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>
/// nginx with the repository's own configuration, on loopback. Addresses and folders are other ones, and the hubs are not looked up: Debian's
/// nginx is older than 1.27.3 and knows no <c>resolve</c>. That they are found again under another address is therefore not tested here.
/// </summary>
public sealed partial class NginxServer : IAsyncDisposable
{
    /// <summary>Whom it believes, in place of the private networks: as if that ended TLS before it.</summary>
    public static readonly IPAddress TlsProxy = IPAddress.Parse("127.0.0.9");

    private static readonly string[] Folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-nginx-").FullName;
    private readonly int _port = LoopbackPort.Free();
    private GuardedServer? _server;

    private NginxServer()
    {
    }

    /// <summary>Ends with a slash.</summary>
    public Uri Http => new($"http://127.0.0.1:{_port}/");

    public static async Task<NginxServer> StartAsync(Uri hub1, Uri hub2)
    {
        ArgumentNullException.ThrowIfNull(hub1);
        ArgumentNullException.ThrowIfNull(hub2);
        var configuration = await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "nginx.conf"));
        return await StartAsync(port => Ours(configuration, port, hub1.Authority, hub2.Authority));
    }

    /// <param name="configuration">Of the port that it is to listen on.</param>
    public static async Task<NginxServer> StartAsync(Func<int, string> configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var nginx = new NginxServer();
        try
        {
            await nginx.StartAsync(configuration(nginx._port));
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public Uri Hub(string? session = null) => new(Http, $"hubs/counselling{(session is null ? "" : $"?session={session}")}");

    public Task<RawSocketClient> ConnectAsync(string session) => RawSocketClient.ConnectAsync(Socket(session));

    public Uri Socket(string session) => new($"ws://127.0.0.1:{_port}/ws/session/{session}");

    /// <summary>Which hubs were asked, one after the other, by the first request that is logged and wanted.</summary>
    /// <param name="wanted">Of a line: address, time, method, path, status, bytes, seconds.</param>
    public async Task<IReadOnlyList<string>> AskedAsync(Func<string, bool> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        using var clock = new CancellationTokenSource(Pulse.Patience);
        while (true)
        {
            var line = _server!.Output.Split('\n').Select(l => Logged().Match(l)).FirstOrDefault(l => l.Success && wanted(l.Groups["request"].Value));
            if (line is not null)
            {
                return line.Groups["hubs"].Value.Split(", ");
            }

            if (clock.IsCancellationRequested)
            {
                throw new TimeoutException($"The request is not in the log:\n{_server.Output}");
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"^(?<request>\S+ \[[^]]+\] [A-Z]+ \S+ \d{3} \d+ [\d.]+) (?<hubs>[\d.:, ]+)\s*$")]
    private static partial Regex Logged();

    private static string Ours(string configuration, int port, string hub1, string hub2)
    {
        foreach (var (theirs, ours) in new[]
        {
            ("server hub1:8000 max_fails=0 resolve;", $"server {hub1} max_fails=0;"),
            ("server hub2:8000 max_fails=0 resolve;", $"server {hub2} max_fails=0;"),
            ("set_real_ip_from 10.0.0.0/8;", $"set_real_ip_from {TlsProxy};"),
            ("listen 80;", $"listen 127.0.0.1:{port};"),
            ("worker_processes auto;", "worker_processes 1;"),
            ("worker_connections 16384;", "worker_connections 512;"),
        })
        {
            configuration.Should().Contain(theirs, "the tests put their own in its place");
            configuration = configuration.Replace(theirs, ours, StringComparison.Ordinal);
        }

        return configuration;
    }

    private async Task StartAsync(string configuration)
    {
        var program = GuardedServer.Find("nginx", "apt-get install nginx");
        // Where whoever runs the tests may write.
        var folders = string.Concat(Folders.Select(name => $"{name}_temp_path {_folder}/{name};\n"));
        configuration = configuration.Replace("http {\n", $"http {{\n{folders}", StringComparison.Ordinal);
        var file = Path.Combine(_folder, "nginx.conf");
        await File.WriteAllTextAsync(file, configuration);
        _server = new GuardedServer(_folder, program, "-p", _folder, "-c", file, "-e", "stderr", "-g", $"daemon off; pid {_folder}/pid;");
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AcceptsConnectionsAsync())
        {
            if (clock.IsCancellationRequested || _server.HasEnded)
            {
                throw new InvalidOperationException($"nginx did not start:\n{_server.Output}");
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }

    private async Task<bool> AcceptsConnectionsAsync()
    {
        using var probe = new TcpClient();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
