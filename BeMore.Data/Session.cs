namespace BeMore.Data;

/// <summary>
/// A row of <c>sessions</c>: one talk of one person. Its id is what authorises on the raw socket, so it is never shown to anybody else.
/// </summary>
/// <remarks>
/// The table may have been there before this product, with columns of its own: only what stands here is read or written.
/// </remarks>
public sealed class Session
{
    /// <summary>Longest id that the column holds, in characters (protocol.md, section 1.2).</summary>
    public const int MaxIdLength = 255;

    public required string SessionId { get; init; }

    /// <summary>Who owns it; null where nobody was named when it began.</summary>
    public string? UserId { get; set; }

    /// <summary>One of <see cref="SessionStatus"/>, or a word of another backend's; null where that backend wrote none.</summary>
    public string? Status { get; set; }

    /// <summary>UTC; the database's own clock.</summary>
    public DateTime? CreatedAt { get; init; }

    /// <summary>UTC; set when it is over, whatever its status says.</summary>
    public DateTime? EndedAt { get; set; }
}
