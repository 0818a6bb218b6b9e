namespace BeMore.Data;

/// <summary>What several turns, of different sessions, need of the database at the same moment.</summary>
/// <param name="Asked">Turns that begin, with whether their session's latest turns are wanted too.</param>
/// <param name="Ended">Turns that end.</param>
public sealed record TurnBatch(IReadOnlyList<(KeptTurn Turn, bool WithHistory)> Asked, IReadOnlyList<KeptTurn> Ended);

/// <summary>What became of a batch.</summary>
/// <param name="Asked">
/// For each that began how its session stands, with its latest turns where they were wanted; null: there is no such session.
/// </param>
/// <param name="Ended">For each that ended whether it is kept; false: its session was erased.</param>
public sealed record TurnBatchResult(SessionHistory?[] Asked, bool[] Ended);
