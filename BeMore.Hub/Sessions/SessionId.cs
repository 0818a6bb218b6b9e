using System.Security.Cryptography;
using BeMore.Data;

namespace BeMore.Sessions;

internal static class SessionId
{
    /// <summary>Random bytes of an id: it is what authorises on the raw socket (protocol.md, section 6).</summary>
    private const int Bytes = 128 / 8;

    /// <summary>An unguessable one.</summary>
    public static string Create() => "sess_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>1 to 255 of <c>A-Z a-z 0-9 _ -</c> (protocol.md, section 1.2).</summary>
    public static bool IsValid(string? id) =>
        id is { Length: > 0 and <= Session.MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
