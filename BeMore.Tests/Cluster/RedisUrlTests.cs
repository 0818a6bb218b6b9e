using System.Net;
using BeMore.Cluster;

namespace BeMore.Tests;

/// <summary>REDIS_URL in the forms in which it is given; ConfigurationTests has the wrong ones.</summary>
public sealed class RedisUrlTests
{
    [Theory]
    [InlineData("redis://localhost", "localhost", 6379, null, null, 0, false)]
    [InlineData("redis://localhost:6380", "localhost", 6380, null, null, 0, false)]
    [InlineData("redis://localhost:6380/", "localhost", 6380, null, null, 0, false)]
    [InlineData("redis://localhost/3", "localhost", 6379, null, null, 3, false)]
    [InlineData("redis://:p%40ss%2Fw%20rd@red-abc123:6379", "red-abc123", 6379, null, "p@ss/w rd", 0, false)]
    [InlineData("redis://us%3Aer:pass:word@host", "host", 6379, "us:er", "pass:word", 0, false)]
    [InlineData("redis://user@host", "host", 6379, "user", null, 0, false)]
    [InlineData("rediss://default:secret@fly-1.upstash.io:6379/0", "fly-1.upstash.io", 6379, "default", "secret", 0, true)]
    [InlineData("localhost:6379", "localhost", 6379, null, null, 0, false)]
    [InlineData("127.0.0.1:6380", "127.0.0.1", 6380, null, null, 0, false)]
    public void ItIsRead(string url, string host, int port, string? user, string? password, int database, bool tls)
    {
        var read = RedisUrl.Parse(url);

        var at = read.EndPoints.Should().ContainSingle().Which;
        (at is DnsEndPoint name ? (name.Host, name.Port) : ($"{((IPEndPoint)at).Address}", ((IPEndPoint)at).Port)).Should().Be((host, port));
        (read.User, read.Password, read.DefaultDatabase, read.Ssl).Should().Be((user, password, database, tls));
    }

    [Fact]
    public void AnAddressOfVersionSixIsOne() =>
        RedisUrl.Parse("redis://[::1]:6380").EndPoints.Should().ContainSingle().Which.Should().Be(new IPEndPoint(IPAddress.IPv6Loopback, 6380));
}
