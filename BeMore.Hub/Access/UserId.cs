using System.Security.Claims;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.Access;

/// <summary>Whom a token names.</summary>
internal sealed class UserId : IUserIdProvider
{
    public const string Claim = "sub";

    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst(Claim)?.Value;
}

internal static class UserIdOfPrincipal
{
    /// <summary>Null where there is no token.</summary>
    public static string? UserId(this ClaimsPrincipal? user) => user?.FindFirst(Access.UserId.Claim)?.Value;
}
