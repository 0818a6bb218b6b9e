namespace BeMore.Access;

internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, AccessOptions options)
    {
        services.AddSingleton(options).AddSingleton<TurnRateLimit>();
        return services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.AllowedOrigins])
            .AllowAnyMethod()
            .AllowAnyHeader()
            // The SignalR client asks with credentials unless told otherwise, and a browser then wants this said.
            .AllowCredentials()
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
    }
}
