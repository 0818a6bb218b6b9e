using BeMore.Access;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>
/// The rate limit of all nodes: the same window as <see cref="TurnRateLimit"/>'s, by Redis's clock. This node's own limit counts along: what it
/// refuses need not be asked, and it is what counts while Redis is away.
/// </summary>
internal sealed class ClusterTurnLimit(TurnRateLimit own, AccessOptions options, RedisLink redis) : ITurnLimit
{
    // A list of moments in µs, oldest first, which is gone when the latest has left the window.
    private const string TakeScript =
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local oldest = redis.call('LINDEX', KEYS[1], 0)
        while oldest and now - oldest >= tonumber(ARGV[1]) do
          redis.call('LPOP', KEYS[1])
          oldest = redis.call('LINDEX', KEYS[1], 0)
        end
        if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[2]) then
          return 0
        end
        redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
        redis.call('PEXPIRE', KEYS[1], ARGV[1] / 1000)
        return 1
        """;

    private static readonly RedisValue Window = (long)TurnRateLimit.Window.TotalMicroseconds;

    public async ValueTask<bool> TryTakeAsync(string sessionId, string? userId)
    {
        if (!own.TryTake(sessionId, userId))
        {
            return false;
        }

        var (asked, answer) = await redis.TryAsync(
            "take_turn", db => db.ScriptEvaluateAsync(TakeScript, [Key(sessionId, userId)], [Window, options.MaxTurnsPerMinute]));
        if (!asked || (int)answer == 1)
        {
            return true;
        }

        own.GiveBack(sessionId, userId);
        return false;
    }

    public void GiveBack(string sessionId, string? userId)
    {
        own.GiveBack(sessionId, userId);
        redis.Tell(db => db.ListRightPopAsync(Key(sessionId, userId), CommandFlags.FireAndForget));
    }

    private RedisKey Key(string sessionId, string? userId) => $"{redis.Prefix}turns:{TurnRateLimit.Key(sessionId, userId)}";
}
