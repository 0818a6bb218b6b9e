namespace BeMore.Data;

/// <summary>A session as its owner sees it.</summary>
/// <param name="State">Whether it takes turns.</param>
/// <param name="UserId">Who owns it; null where nobody was named.</param>
/// <param name="StartedAt">UTC; null where the table does not say.</param>
/// <param name="EndedAt">UTC; null while it goes on.</param>
public sealed record SessionRecord(SessionState State, string? UserId, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);
