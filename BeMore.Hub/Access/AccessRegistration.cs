namespace BeMore.Access;

internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, AccessOptions options) =>
        services.AddSingleton(options).AddSingleton<TurnRateLimit>().AddAllowedPages(options);
}
