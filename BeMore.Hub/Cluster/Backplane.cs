using System.Reflection;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>
/// Redis as SignalR's backplane sees it. The backplane waits for Redis whenever a connection comes or goes and with each push, and lets a
/// connection fail where Redis does: here all of that is sent and not waited for. What is subscribed to while Redis is away is
/// subscribed to when it is back; what is pushed to others meanwhile is lost, as it is in every channel of Redis.
/// </summary>
#pragma warning disable CA1852 // The proxy is a type derived from this one.
internal class Backplane : DispatchProxy
#pragma warning restore CA1852
{
    private object _redis = null!;

    public static async Task<IConnectionMultiplexer> ConnectAsync(RedisLink link) => Of(await link.Connection);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        if (method.Name == nameof(IDisposable.Dispose) || method.Name.StartsWith("add_", StringComparison.Ordinal))
        {
            // The link's to do; and what it says of Redis in the log is enough.
            return null;
        }

        if (method.Name == "get_" + nameof(IConnectionMultiplexer.IsConnected))
        {
            // Asked only to be logged.
            return true;
        }

        for (var i = 0; i < args?.Length; i++)
        {
            args[i] = args[i] is CommandFlags flags ? flags | CommandFlags.FireAndForget : args[i];
        }

        var result = method.Invoke(_redis, BindingFlags.DoNotWrapExceptions, null, args, null);
        return result is ISubscriber subscriber ? Of(subscriber) : result;
    }

    private static T Of<T>(T redis)
        where T : class
    {
        var proxy = Create<T, Backplane>();
        ((Backplane)(object)proxy)._redis = redis;
        return proxy;
    }
}
