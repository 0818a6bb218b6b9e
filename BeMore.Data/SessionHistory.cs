namespace BeMore.Data;

/// <summary>A session, and what the counsellor remembers of it.</summary>
public sealed record SessionHistory(SessionState State, IReadOnlyList<PastTurn> Turns);
