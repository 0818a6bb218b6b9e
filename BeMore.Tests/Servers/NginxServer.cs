using System.Net;
using System.Net.Sockets;

namespace BeMore.Tests;

/// <summary>nginx with the repository's own configuration, on loopback: only addresses and folders are other ones.</summary>
public sealed class NginxServer : IAsyncDisposable
{
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
        var nginx = new NginxServer();
        try
        {
            await nginx.StartAsync(hub1.Authority, hub2.Authority);
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

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(string hub1, string hub2)
    {
        var program = GuardedServer.Find("nginx", "apt-get install nginx");
        var configuration = await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "nginx.conf"));
        foreach (var (theirs, ours) in new[]
        {
            ("server hub1:8000 ", $"server {hub1} "),
            ("server hub2:8000 ", $"server {hub2} "),
            ("listen 80;", $"listen 127.0.0.1:{_port};"),
            ("worker_processes auto;", "worker_processes 1;"),
            ("worker_connections 16384;", "worker_connections 512;"),
            // Where whoever runs the tests may write.
            ("http {\n", "http {\n" + string.Concat(Folders.Select(name => $"{name}_temp_path {_folder}/{name};\n"))),
        })
        {
            configuration.Should().Contain(theirs, "the tests put their own in its place");
            configuration = configuration.Replace(theirs, ours, StringComparison.Ordinal);
        }

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
