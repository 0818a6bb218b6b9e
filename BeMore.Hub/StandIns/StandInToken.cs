using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.StandIns;

/// <summary>One kind of token: an HS256 JWT of its own key, and so never taken for one of another kind.</summary>
/// <param name="use">What the token says of itself that it is for.</param>
/// <param name="key">What it is signed with.</param>
/// <param name="life">How long it is valid.</param>
/// <param name="time">Whose time decides that.</param>
internal sealed class StandInToken(string use, SecurityKey key, TimeSpan life, TimeProvider time)
{
    private const string Issuer = "bemore-stand-in";
    private const string UseClaim = "token_use";

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly TokenValidationParameters _valid = new()
    {
        IssuerSigningKey = key,
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ValidIssuer = Issuer,
        ValidateAudience = false,
        LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime,
    };

    public string IssueTo(StandInUser user)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            IssuedAt = now,
            Expires = now + life,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = user.Id.ToString(CultureInfo.InvariantCulture),
                [JwtRegisteredClaimNames.Email] = user.Email,
                [UseClaim] = use,
            },
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Whose token it is; null if it is none of ours, or has expired.</summary>
    public async Task<StandInUser?> ReadAsync(string? token)
    {
        var result = await Handler.ValidateTokenAsync(token, _valid);
        if (!result.IsValid || !result.Claims.TryGetValue(UseClaim, out var said) || !use.Equals(said))
        {
            return null;
        }

        result.Claims.TryGetValue(JwtRegisteredClaimNames.Email, out var email);
        return StandInUser.Of(email as string);
    }
}
