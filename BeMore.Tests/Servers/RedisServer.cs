using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace BeMore.Tests;

/// <summary>A throw-away Redis on loopback, which keeps nothing: whoever starts it again finds it empty.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-redis-").FullName;
    private readonly string? _password;
    private readonly bool _tls;
    private GuardedServer? _server;

    private RedisServer(string? password, bool tls) => (_password, _tls) = (password, tls);

    public int Port { get; } = LoopbackPort.Free();

    /// <summary>As REDIS_URL takes it.</summary>
    public string Url => $"{(_tls ? "rediss" : "redis")}://{(_password is null ? "" : $":{Uri.EscapeDataString(_password)}@")}127.0.0.1:{Port}";

    /// <summary>Its certificate, which is its own issuer.</summary>
    public string CertificateFile => Path.Combine(_folder, "redis.crt");

    /// <param name="password">Null: none is asked for.</param>
    /// <param name="tls">With a certificate for its address, and nothing without TLS.</param>
    public static async Task<RedisServer> StartAsync(string? password = null, bool tls = false)
    {
        var redis = new RedisServer(password, tls);
        await redis.StartAgainAsync();
        return redis;
    }

    /// <summary>It has its address, and is not there yet.</summary>
    public static RedisServer Prepare() => new(null, tls: false);

    /// <summary>On the same port, empty; returns when it answers.</summary>
    public async Task StartAgainAsync()
    {
        var program = GuardedServer.Find("redis-server", "apt-get install redis-server");
        string[] secret = _password is null ? [] : ["--requirepass", _password];
        string[] port = _tls ? ["--port", "0", "--tls-port", $"{Port}", .. await CertifyAsync()] : ["--port", $"{Port}"];
        _server = new GuardedServer(
            _folder, [program, .. port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", _folder, .. secret]);
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!_server.Output.Contains("Ready to accept connections", StringComparison.Ordinal))
        {
            if (clock.IsCancellationRequested || _server.HasEnded)
            {
                throw new InvalidOperationException($"Redis did not start:\n{_server.Output}");
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Connections are ended, and new ones refused.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    /// <summary>It takes connections and says nothing, until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync() => _server!.SignalAsync("STOP");

    public Task ThawAsync() => _server!.SignalAsync("CONT");

    /// <summary>For what a test looks up or changes behind the hubs' back.</summary>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},configChannel=,password={_password}");
        return await ask(connection.GetDatabase());
    }

    /// <summary>How often each command was called, by whomever and by scripts.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CallsAsync()
    {
        var lines = await AskAsync(async db => (string)(await db.ExecuteAsync("INFO", "commandstats"))!);
        // cmdstat_hset:calls=12,usec=…
        return lines.Split('\n').Where(line => line.StartsWith("cmdstat_", StringComparison.Ordinal))
            .Select(line => line["cmdstat_".Length..].Split(":calls="))
            .ToDictionary(parts => parts[0], parts => long.Parse(parts[1].Split(',')[0], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task<string[]> CertifyAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=redis of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var keyFile = Path.Combine(_folder, "redis.key");
        await File.WriteAllTextAsync(CertificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        return ["--tls-cert-file", CertificateFile, "--tls-key-file", keyFile, "--tls-ca-cert-file", CertificateFile, "--tls-auth-clients", "no"];
    }
}
