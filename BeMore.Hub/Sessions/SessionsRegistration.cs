namespace BeMore.Sessions;

internal static class SessionsRegistration
{
    public static IServiceCollection AddSessions(this IServiceCollection services, SessionPolicy options) =>
        services
            .AddSingleton(options)
            .AddSingleton<SessionDirectory>()
            .AddSingleton<SessionSeats>()
            .AddSingleton<ISessionSeats>(s => s.GetRequiredService<SessionSeats>())
            .AddSingleton<ISessionNews, NoSessionNews>()
            .AddSingleton<SessionLifecycle>();
}
