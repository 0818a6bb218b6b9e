using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>How a session stood when a turn began.</summary>
/// <param name="History">What was said before, and whether it takes turns.</param>
/// <param name="InJournal">The database was away: the turn was begun in the journal.</param>
/// <param name="WasRead">The history was read for this turn: this process has not followed the talk until now.</param>
internal sealed record KeptSession(SessionHistory History, bool InJournal, bool WasRead = false);
