namespace BeMore.Access;

/// <summary>The web pages of <c>ALLOWED_ORIGINS</c>, for what is governed by CORS. <see cref="OriginCheck"/> is for what is not.</summary>
internal static class AllowedPages
{
    /// <summary>The name that an endpoint of ours asks for. It is not the default: what is forwarded has the other backend's answer.</summary>
    public const string Policy = "allowed pages";

    public static IServiceCollection AddAllowedPages(this IServiceCollection services, AccessOptions options) =>
        services.AddCors(cors => cors.AddPolicy(Policy, policy => policy
            .WithOrigins([.. options.AllowedOrigins])
            .AllowAnyMethod()
            .AllowAnyHeader()
            // The SignalR client asks with credentials unless told otherwise, and a browser then wants this said.
            .AllowCredentials()
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
}
