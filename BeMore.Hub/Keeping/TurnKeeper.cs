using BeMore.Data;
using BeMore.Sessions;

namespace BeMore.Keeping;

/// <summary>
/// Keeps turns: in the database, or in the journal while that is away. The person's words are kept before the model is asked; the answer
/// is kept before anybody is told that it is complete.
/// </summary>
internal sealed class TurnKeeper(
    ConversationStore conversations, SessionStore sessions, Journal journal, RecentTurns recent, DatabaseWatch database, SessionPolicy policy)
{
    /// <summary>Begins a turn: keeps what was said, where the session takes turns, and says how the session stands.</summary>
    /// <returns>Null: there is no such session.</returns>
    /// <exception cref="IOException">It cannot be kept anywhere.</exception>
    public async Task<KeptSession?> AskAsync(KeptTurn asked, string? userId)
    {
        SessionHistory? found = null;
        if (await database.TryAsync(async patience => found = await AskDatabaseAsync(asked, patience)))
        {
            if (found is null || found.State.IsOver)
            {
                recent.Forget(asked.SessionId);
                return found is null ? null : new KeptSession(found, InJournal: false);
            }

            recent.Set(asked.SessionId, found.Turns);
            return new KeptSession(found, InJournal: false);
        }

        // Whoever got here was let in when the session took turns; that it was ended since by somebody else cannot be known now.
        var known = recent.Find(asked.SessionId);
        await journal.AppendAsync(new JournalEntry(asked, known?.UserId ?? userId, policy.CreateUnknown));
        return new KeptSession(new SessionHistory(new SessionState(SessionStatus.Active, HasEnded: false), known?.Turns ?? []), InJournal: true);
    }

    /// <summary>A session was ended: nothing of it is needed here.</summary>
    public void Forget(string sessionId) => recent.Forget(sessionId);

    /// <summary>A session was erased: what waits in the journal must not bring it back.</summary>
    public async Task EraseAsync(string sessionId)
    {
        recent.Forget(sessionId);
        if (journal.Count > 0)
        {
            await journal.AppendAsync(new JournalEntry(Turn: null, ErasedSession: sessionId));
        }
    }

    /// <summary>Ends a turn that was begun.</summary>
    /// <param name="ended">With the answer as far as it was shown, and the outcome.</param>
    /// <param name="userId">Whom a token names.</param>
    /// <param name="begun">What <see cref="AskAsync"/> gave.</param>
    /// <returns>False: the session was erased meanwhile.</returns>
    /// <exception cref="IOException">It cannot be kept anywhere.</exception>
    public async Task<bool> EndAsync(KeptTurn ended, string? userId, KeptSession begun)
    {
        if (ended.AiResponse.Length > 0)
        {
            recent.Add(ended.SessionId, new PastTurn(ended.UserMessage, ended.AiResponse, ended.Outcome == TurnOutcome.Interrupted));
        }

        var isThere = true;
        // What was begun in the journal may not have reached the database yet.
        if (!await database.TryAsync(async patience => isThere = begun.InJournal
            ? await conversations.RestoreAsync(ended, patience)
            : await conversations.EndAsync(ended, patience)))
        {
            await journal.AppendAsync(new JournalEntry(ended, userId, policy.CreateUnknown));
        }

        if (!isThere)
        {
            recent.Forget(ended.SessionId);
        }

        return isThere;
    }

    private async Task<SessionHistory?> AskDatabaseAsync(KeptTurn asked, CancellationToken patience)
    {
        var found = await conversations.AskAsync(asked, patience);
        if (found is null && recent.Find(asked.SessionId) is { IsNew: true } known)
        {
            // Let in while the database was away, which is back.
            await sessions.CreateAsync(asked.SessionId, known.UserId, patience);
            recent.Enter(asked.SessionId, known.UserId, isNew: false);
            found = await conversations.AskAsync(asked, patience);
        }

        return found;
    }
}
