using BeMore.HttpApi;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.Access;

/// <summary>
/// Tokens, where <c>JWT_SECRET_KEY</c> is set: signed with it by HS256, not expired, with a <c>sub</c> that names the user
/// (protocol.md, section 6). Where it is not set there are none, and what looks like one is not read.
/// </summary>
internal static class TokenCheck
{
    /// <summary>Longest <c>sub</c>: what <c>sessions.user_id</c> holds, in characters.</summary>
    private const int MaxUserIdLength = 255;

    /// <summary>By how much the clocks of the issuer and of this machine may differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);

    public static IServiceCollection AddTokenCheck(this IServiceCollection services, AccessOptions access)
    {
        services.AddAuthorization();
        var authentication = services.AddAuthentication();
        if (access.JwtSecretKey is not { } secret)
        {
            return services;
        }

        authentication.AddJwtBearer();
        services.AddOptions<AuthenticationOptions>().Configure(o => o.DefaultScheme = JwtBearerDefaults.AuthenticationScheme);
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<TimeProvider>((jwt, time) =>
        {
            jwt.MapInboundClaims = false;
            jwt.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
                IssuerSigningKey = TokenKey.Of(secret),
                // Whoever issues them and for whom: the key says it.
                ValidateIssuer = false,
                ValidateAudience = false,
                NameClaimType = UserId.Claim,
                LifetimeValidator = (from, until, _, _) => IsInTime(from, until, time.GetUtcNow().UtcDateTime),
            };
            jwt.Events = new JwtBearerEvents
            {
                OnMessageReceived = TakeFromQuery,
                OnTokenValidated = NeedUserId,
                OnChallenge = Refuse,
            };
        });
        return services;
    }

    /// <summary>A token came with a request, where tokens are used at all, and it is not valid.</summary>
    public static async Task<bool> HasWrongTokenAsync(this HttpContext http) =>
        // Asked again, which costs nothing: what the middleware leaves behind knows only of those that are valid.
        http.RequestServices.GetRequiredService<AccessOptions>().JwtSecretKey is not null && (await http.AuthenticateAsync()).Failure is not null;

    private static bool IsInTime(DateTime? from, DateTime? until, DateTime now) =>
        until is not null && now < until + ClockSkew && (from is null || now >= from - ClockSkew);

    // A browser's WebSocket and EventSource can send no header. Anywhere else a token in an address would only be leaked.
    private static Task TakeFromQuery(MessageReceivedContext context)
    {
        var path = context.Request.Path;
        if (context.Request.Headers.Authorization.Count == 0 && (path.StartsWithSegments("/ws") || path.StartsWithSegments("/hubs")))
        {
            context.Token = context.Request.Query["access_token"];
        }

        return Task.CompletedTask;
    }

    private static Task NeedUserId(TokenValidatedContext context)
    {
        if (context.Principal.UserId() is not { Length: > 0 and <= MaxUserIdLength })
        {
            context.Fail("The token names no user.");
        }

        return Task.CompletedTask;
    }

    private static Task Refuse(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.Headers.WWWAuthenticate = JwtBearerDefaults.AuthenticationScheme;
        return ApiReply.WriteAsync(context.HttpContext, ApiError.Unauthorized);
    }
}
