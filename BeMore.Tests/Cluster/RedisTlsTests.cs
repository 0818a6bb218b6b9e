using System.Text.Json;

namespace BeMore.Tests;

/// <summary>rediss://: the hub is told over TLS, and only by whom it may believe.</summary>
public sealed class RedisTlsTests : IAsyncLifetime
{
    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync("a password", tls: true);

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task ACertificateThatIsTrustedIsFine()
    {
        await using var hub = Start(trusted: _redis.CertificateFile);

        await hub.WaitForLineAsync(TwoHubs.SaysThatRedisIsThere, TimeSpan.FromSeconds(30));

        (await RedisInWordsAsync(hub)).Should().StartWith("reachable");
    }

    [Fact]
    public async Task OneThatIsNotIsAnOutage()
    {
        await using var hub = Start(trusted: null);

        await hub.WaitForLineAsync(line => line.Contains("Redis is away", StringComparison.Ordinal), TimeSpan.FromSeconds(30));

        (await RedisInWordsAsync(hub)).Should().StartWith("away since");
        hub.Output.Should().NotContain("a password");
    }

    private HubProcess Start(string? trusted) => HubProcess.Start(new Dictionary<string, string?>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development",
        ["PORT"] = "0",
        ["REDIS_URL"] = _redis.Url,
        ["SSL_CERT_FILE"] = trusted,
    });

    private static async Task<string> RedisInWordsAsync(HubProcess hub)
    {
        using var http = new HttpClient();
        var words = await http.GetStringAsync(new Uri(await hub.WaitForListeningAsync(), "health"));
        return JsonDocument.Parse(words).RootElement.GetProperty("redis").GetString()!;
    }
}
