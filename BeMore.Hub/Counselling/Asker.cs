namespace BeMore.Counselling;

/// <summary>Who asks for a turn.</summary>
/// <param name="ConnectionId">The connection that is told the answer.</param>
/// <param name="UserId">Whom a token names; null where there is none.</param>
internal sealed record Asker(string ConnectionId, string? UserId);
