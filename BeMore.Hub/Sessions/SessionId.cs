using BeMore.Data;

namespace BeMore.Sessions;

internal static class SessionId
{
    /// <summary>1 to 255 of <c>A-Z a-z 0-9 _ -</c> (protocol.md, section 1.2).</summary>
    public static bool IsValid(string? id) =>
        id is { Length: > 0 and <= Session.MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
