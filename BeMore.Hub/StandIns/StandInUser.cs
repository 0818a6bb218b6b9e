using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace BeMore.StandIns;

/// <summary>Whoever logs in with an address. Nothing is stored: the same address is the same person because the id is made of it.</summary>
/// <param name="Id">Less than 2^53: JavaScript's numbers are exact up to there.</param>
/// <param name="Username">Shown in the page's head, and says there that the login is none.</param>
/// <param name="Email">In lower case.</param>
internal sealed record StandInUser(long Id, string Username, string Email)
{
    /// <summary>Longer is no address (RFC 5321, section 4.5.3.1.3), and no token should carry it.</summary>
    private const int MaxEmailLength = 254;

    /// <summary>Null if there is no address.</summary>
    /// <param name="email">As it was typed.</param>
    /// <param name="username">Null: what stands before the address's @.</param>
    public static StandInUser? Of(string? email, string? username = null)
    {
        var address = email?.Trim().ToLowerInvariant();
        if (address is not { Length: > 0 and <= MaxEmailLength })
        {
            return null;
        }

        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(address));
        return new StandInUser((long)(BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11), $"{username ?? address.Split('@')[0]} (stand-in login)", address);
    }
}
