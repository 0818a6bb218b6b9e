namespace BeMore.Keeping;

internal static class KeepingRegistration
{
    public static IServiceCollection AddKeeping(this IServiceCollection services, KeepingOptions options) => services
        .AddSingleton(options)
        .AddSingleton<Journal>()
        .AddSingleton<RecentTurns>()
        .AddSingleton<DatabaseWatch>()
        .AddSingleton<TurnWrites>()
        .AddSingleton<TurnKeeper>()
        .AddHostedService<JournalReplay>();
}
