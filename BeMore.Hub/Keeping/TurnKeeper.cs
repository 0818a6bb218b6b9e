using BeMore.Data;
using BeMore.Sessions;

namespace BeMore.Keeping;

/// <summary>
/// Keeps turns: in the database, or in the journal while that is away. The person's words are kept before the model is asked; the answer
/// is kept before anybody is told that it is complete.
/// </summary>
internal sealed class TurnKeeper(
    TurnWrites writes,
    ConversationStore conversations,
    SessionStore sessions,
    Journal journal,
    RecentTurns recent,
    DatabaseWatch database,
    SessionPolicy policy,
    TimeProvider time)
{
    /// <summary>Begins a turn: keeps what was said, where the session takes turns, and says how the session stands.</summary>
    /// <param name="asked">The turn.</param>
    /// <param name="userId">Whom a token names.</param>
    /// <param name="hurried">The database is not waited for any longer: as if it were away.</param>
    /// <returns>Null: there is no such session.</returns>
    /// <exception cref="IOException">It cannot be kept anywhere.</exception>
    public async Task<KeptSession?> AskAsync(KeptTurn asked, string? userId, CancellationToken hurried)
    {
        SessionHistory? answer = null;
        var whole = recent.FindWhole(asked.SessionId);
        if (await UnlessHurriedAsync(database.TryAsync(async () => answer = await AskDatabaseAsync(asked, withHistory: whole is null)), hurried))
        {
            var found = answer;
            if (found is null || found.State.IsOver)
            {
                recent.SetState(asked.SessionId, SessionState.Ended);
                return found is null ? null : new KeptSession(found, InJournal: false);
            }

            if (whole is not null)
            {
                found = found with { Turns = whole };
            }
            // The end of a turn that is said to be complete may still be on its way from the journal.
            else if (journal.Count > 0 && recent.Find(asked.SessionId) is { } before)
            {
                var turns = found.Turns.Concat(before.History.Turns.Except(found.Turns));
                found = found with { Turns = [.. turns.TakeLast(ConversationStore.HistoryLength)] };
            }

            recent.Set(asked.SessionId, found);
            return new KeptSession(found, InJournal: false, WasRead: whole is null);
        }

        // Whoever got here was let in when the session took turns; what somebody else did to it since cannot be known now.
        var known = recent.Find(asked.SessionId)?.History ?? new SessionHistory(SessionState.Active, []);
        if (known.State is { IsOver: false, IsPaused: false })
        {
            await AppendAsync(asked, userId);
        }

        return new KeptSession(known, InJournal: true);
    }

    /// <summary>A session was paused, resumed or ended: that counts also when the database goes away.</summary>
    public void Remember(string sessionId, SessionState state) => recent.SetState(sessionId, state);

    /// <summary>Somebody used it here lately.</summary>
    public bool Remembers(string sessionId) => recent.Find(sessionId) is not null;

    /// <summary>A session was erased: what waits in the journal must not bring it back.</summary>
    public async Task EraseAsync(string sessionId)
    {
        recent.SetState(sessionId, SessionState.Ended);
        if (journal.Count > 0)
        {
            await EraseLaterAsync(sessionId);
        }
    }

    /// <summary>The database did not take an erasure: the journal does.</summary>
    public Task EraseLaterAsync(string sessionId) =>
        journal.AppendAsync(new JournalEntry(Turn: null, ErasedSession: sessionId, ErasedAt: time.GetUtcNow()));

    /// <summary>Keeps a turn as it is, also where its session takes none now; otherwise as <see cref="EndAsync"/>.</summary>
    /// <returns>False: there is no such session.</returns>
    /// <exception cref="IOException">It cannot be kept anywhere.</exception>
    public Task<bool> KeepAsync(KeptTurn turn, string? userId, CancellationToken hurried) =>
        EndAsync(turn, userId, new KeptSession(new SessionHistory(SessionState.Active, []), InJournal: true), hurried);

    /// <summary>Ends a turn that was begun.</summary>
    /// <param name="ended">With the answer as far as it was shown, and the outcome.</param>
    /// <param name="userId">Whom a token names.</param>
    /// <param name="begun">What <see cref="AskAsync"/> gave.</param>
    /// <param name="hurried">The database is not waited for any longer: it is kept in the journal.</param>
    /// <returns>False: the session was erased meanwhile.</returns>
    /// <exception cref="IOException">It cannot be kept anywhere.</exception>
    public async Task<bool> EndAsync(KeptTurn ended, string? userId, KeptSession begun, CancellationToken hurried)
    {
        if (ended.AiResponse.Length > 0)
        {
            recent.Add(
                ended.SessionId,
                new PastTurn(ended.UserMessage, ended.AiResponse, ended.Outcome == TurnOutcome.Interrupted) { KeptAt = ended.AskedAt });
        }

        var isThere = true;
        // What was begun in the journal may not have reached the database yet.
        var kept = begun.InJournal
            ? database.TryAsync(async patience => isThere = await RestoreAsync(ended, patience))
            : database.TryAsync(async () => isThere = await writes.EndAsync(ended));
        if (!await UnlessHurriedAsync(kept, hurried))
        {
            await AppendAsync(ended, userId);
            return true;
        }

        if (!isThere)
        {
            recent.SetState(ended.SessionId, SessionState.Ended);
        }

        return isThere;
    }

    /// <summary>False too if that is not known when it has to be. What the database does of it all the same is done once, with the journal or without.</summary>
    private static async Task<bool> UnlessHurriedAsync(Task<bool> isThere, CancellationToken hurried)
    {
        try
        {
            return await isThere.WaitAsync(hurried);
        }
        catch (OperationCanceledException) when (hurried.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<SessionHistory?> AskDatabaseAsync(KeptTurn asked, bool withHistory)
    {
        var found = await writes.AskAsync(asked, withHistory);
        var created = false;
        if (found is null)
        {
            await database.AskAsync(async patience => created = await TryCreateAsync(asked.SessionId, patience), CancellationToken.None);
        }

        return created ? await writes.AskAsync(asked, withHistory) : found;
    }

    private async Task<bool> RestoreAsync(KeptTurn turn, CancellationToken patience) =>
        await conversations.RestoreAsync(turn, patience)
        || (await TryCreateAsync(turn.SessionId, patience) && await conversations.RestoreAsync(turn, patience));

    /// <summary>Makes a session that was let in while the database was away, which is back.</summary>
    private async Task<bool> TryCreateAsync(string sessionId, CancellationToken patience)
    {
        if (recent.Find(sessionId) is not { IsNew: true } known)
        {
            return false;
        }

        await sessions.CreateAsync(sessionId, known.UserId, patience);
        return true;
    }

    private Task AppendAsync(KeptTurn turn, string? userId)
    {
        var known = recent.Find(turn.SessionId);
        // One that was there may have been erased meanwhile, and is not made again; one that is not remembered may be new.
        return journal.AppendAsync(new JournalEntry(turn, known?.UserId ?? userId, known?.IsNew ?? policy.CreateUnknown));
    }
}
