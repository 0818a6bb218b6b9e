using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.Access;

internal static class TokenKey
{
    /// <summary>As long as HS256's hash: what RFC 7518, section 3.2, asks of a key, in bytes.</summary>
    public const int LeastBytes = 32;

    /// <summary><c>JWT_SECRET_KEY</c> as a key for HS256.</summary>
    /// <remarks>
    /// A shorter one than <see cref="LeastBytes"/> is the other backend's choice, and its tokens must be readable here. The library refuses
    /// it; zeros at its end change no signature, because HMAC itself fills a key up with them (RFC 2104, section 2).
    /// </remarks>
    public static SymmetricSecurityKey Of(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        Array.Resize(ref bytes, Math.Max(bytes.Length, LeastBytes));
        return new SymmetricSecurityKey(bytes);
    }
}
