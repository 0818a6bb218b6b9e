using Microsoft.AspNetCore.SignalR;

namespace BeMore.Access;

internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services, AccessOptions options) => services
        .AddSingleton(options)
        .AddSingleton<TurnRateLimit>()
        .AddSingleton<ITurnLimit>(s => s.GetRequiredService<TurnRateLimit>())
        .AddSingleton<IUserIdProvider, UserId>()
        .AddAllowedPages(options)
        .AddTokenCheck(options);

    /// <summary>Where tokens are used at all, this endpoint needs one.</summary>
    public static TBuilder NeedsToken<TBuilder>(this TBuilder endpoint, IEndpointRouteBuilder app)
        where TBuilder : IEndpointConventionBuilder =>
        app.ServiceProvider.GetRequiredService<AccessOptions>().JwtSecretKey is null ? endpoint : endpoint.RequireAuthorization();
}
