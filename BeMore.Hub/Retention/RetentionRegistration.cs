namespace BeMore.Retention;

internal static class RetentionRegistration
{
    public static IServiceCollection AddRetention(this IServiceCollection services, RetentionOptions options) => services
        .AddSingleton(options)
        .AddSingleton<RetentionMeter>()
        .AddHostedService<RetentionJob>();
}
