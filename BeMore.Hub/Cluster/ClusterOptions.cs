using BeMore.Configuration;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary><c>REDIS_URL</c>: what makes several hubs one service.</summary>
/// <param name="Redis">Where it is, and how long it may take.</param>
/// <param name="Prefix">Of all that this service keeps and says there. Channels know no databases: so it has the database's number.</param>
internal sealed record ClusterOptions(ConfigurationOptions Redis, string Prefix)
{
    /// <summary>Null: this hub is the only one.</summary>
    public static ClusterOptions? Read(Settings settings)
    {
        if (settings.Text("REDIS_URL") is not { } url)
        {
            return null;
        }

        try
        {
            var redis = RedisUrl.Parse(url);
            redis.ClientName = "bemore-hub";
            redis.ChannelPrefix = RedisChannel.Literal($"bemore:{redis.DefaultDatabase}:");
            // It may come later; whoever finds it away goes on without, and does not queue up for it.
            redis.AbortOnConnectFail = false;
            redis.BacklogPolicy = BacklogPolicy.FailFast;
            redis.ConnectRetry = 1;
            redis.ConnectTimeout = 2000;
            redis.AsyncTimeout = 2000;
            redis.IncludeDetailInExceptions = false;
            redis.ReconnectRetryPolicy = new LinearRetry(1000);
            // For servers that follow each other with this library's help. One that is rented has one address.
            (redis.ConfigurationChannel, redis.TieBreaker) = ("", "");
            return new ClusterOptions(redis, $"bemore:{redis.DefaultDatabase}:");
        }
        catch (FormatException e)
        {
            throw Settings.Wrong("REDIS_URL", Settings.Mask(url), $"{RedisUrl.Shape}: {e.Message}");
        }
    }
}
