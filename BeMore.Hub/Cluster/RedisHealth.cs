using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BeMore.Cluster;

/// <summary>
/// Talks go on without Redis: it is said, and is no reason to take this node out of service. Healthy all the same, because anything else
/// would be logged again with every call.
/// </summary>
internal sealed class RedisHealth(RedisLink redis) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(HealthCheckResult.Healthy(
        redis.AwaySince is { } since ? $"away since {since:u}; this node goes on by itself, with limits and seats of its own"
        : redis.IsThere ? "reachable: sessions and limits are shared with the other nodes"
        : "connecting"));
}
