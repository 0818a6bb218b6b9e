using System.Diagnostics;

namespace BeMore.Counselling;

/// <summary>Who asks for a turn, and when.</summary>
/// <param name="ConnectionId">The connection that is told the answer.</param>
/// <param name="UserId">Whom a token names; null where there is none.</param>
/// <param name="AskedAt">By <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="Request">The span of the HTTP request that it came with, where requests are traced.</param>
internal sealed record Asker(string ConnectionId, string? UserId, long AskedAt, ActivityContext Request)
{
    /// <summary>Of a turn that was asked for elsewhere.</summary>
    public static readonly Asker Nobody = new("", null, 0, default);
}
