using BeMore.Access;
using BeMore.Sessions;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeMore.Cluster;

internal static class ClusterRegistration
{
    /// <summary>Makes this hub one of several, where there are several: in the place of limits, seats and news of its own come those of all.</summary>
    public static IServiceCollection AddCluster(this IServiceCollection services, ClusterOptions? options)
    {
        if (options is null)
        {
            return services;
        }

        services
            .AddSingleton(options)
            .AddSingleton<RedisLink>()
            .AddSingleton<NodeBus>()
            .AddSingleton<Inheritance>()
            .AddSingleton<Handovers>()
            .AddSingleton<ClusterSeats>()
            .AddHostedService<Membership>()
            .Replace(ServiceDescriptor.Singleton<ITurnLimit, ClusterTurnLimit>())
            .Replace(ServiceDescriptor.Singleton<ISessionSeats>(s => s.GetRequiredService<ClusterSeats>()))
            .Replace(ServiceDescriptor.Singleton<ISessionNews, SessionNews>());
        services.AddHealthChecks().AddCheck<RedisHealth>("redis");
        services.AddSignalR().AddStackExchangeRedis(redis => redis.Configuration = options.Redis);
        services.AddOptions<RedisOptions>().Configure<RedisLink>((redis, link) => redis.ConnectionFactory = _ => Backplane.ConnectAsync(link));
        return services;
    }
}
