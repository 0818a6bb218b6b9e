using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using BeMore.Access;
using BeMore.HttpApi;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.StandIns;

/// <summary>A login that lets everybody in as whom they say they are. It reads no password, and remembers nobody.</summary>
internal sealed class StandInLogin
{
    // Without JWT_SECRET_KEY nobody verifies the tokens but this class. A key made up at each start would log everybody out then.
    private const string NoSecret = "this key is no secret: it is for logins that anybody may have, in Development";

    private readonly StandInToken _access;
    private readonly StandInToken _refresh;

    public StandInLogin(AccessOptions access, TimeProvider time)
    {
        var key = TokenKey.Of(access.JwtSecretKey ?? NoSecret);
        // Another key: whoever verifies tokens with the shared one, and asks no more, must not take a refresh token for an access token.
        var refreshKey = new SymmetricSecurityKey(HMACSHA256.HashData(key.Key, "refresh tokens of the stand-in login"u8));
        _access = new StandInToken("access", key, TimeSpan.FromHours(1), time);
        _refresh = new StandInToken("refresh", refreshKey, TimeSpan.FromDays(30), time);
    }

    public async Task<IResult> LoginAsync(HttpRequest request)
    {
        var call = await ReadAsync<Credentials>(request);
        return StandInUser.Of(call?.Email) is { } user
            ? ApiReply.Success(new { accessToken = _access.IssueTo(user), refreshToken = _refresh.IssueTo(user), user })
            : ApiReply.Failure(ApiError.InvalidRequest);
    }

    /// <summary>There is nothing to sign up for; the frontend shows its login next.</summary>
    public static async Task<IResult> SignUpAsync(HttpRequest request)
    {
        var call = await ReadAsync<Credentials>(request);
        return StandInUser.Of(call?.Email, call?.Username) is { } user
            ? ApiReply.Success(new { user })
            : ApiReply.Failure(ApiError.InvalidRequest);
    }

    public async Task<IResult> MeAsync(HttpRequest request)
    {
        var isBearer = AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);
        return await _access.ReadAsync(isBearer ? header!.Parameter : null) is { } user
            ? ApiReply.Success(new { user })
            : ApiReply.Failure(ApiError.Unauthorized);
    }

    public async Task<IResult> RefreshAsync(HttpRequest request)
    {
        if (await ReadAsync<Refresh>(request) is not { RefreshToken: { } token })
        {
            return ApiReply.Failure(ApiError.InvalidRequest);
        }

        return await _refresh.ReadAsync(token) is { } user
            ? ApiReply.Success(new { accessToken = _access.IssueTo(user), refreshToken = _refresh.IssueTo(user) })
            : ApiReply.Failure(ApiError.Unauthorized);
    }

    /// <summary>Null if it is not what was asked for. An exception would be answered as well, but with a line in the log for each.</summary>
    private static async Task<T?> ReadAsync<T>(HttpRequest request) where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, ApiReply.Json, request.HttpContext.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Credentials(string? Email, string? Username);

    private sealed record Refresh(string? RefreshToken);
}
