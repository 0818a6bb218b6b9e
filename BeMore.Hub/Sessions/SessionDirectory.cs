using BeMore.Data;
using BeMore.Keeping;

namespace BeMore.Sessions;

/// <summary>Who may enter which session. An unknown one is made where the policy says so.</summary>
internal sealed class SessionDirectory(SessionStore sessions, SessionPolicy policy, DatabaseWatch database, RecentTurns recent)
{
    /// <summary>
    /// True for a session that takes turns from this user: it is there, or may be made, and has not ended. Somebody else's is as if
    /// there were none.
    /// </summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="userId">Whom a token names; null: the id alone authorises (protocol.md, section 6).</param>
    /// <exception cref="DatabaseAwayException">It cannot be told now.</exception>
    public async Task<bool> MayEnterAsync(string sessionId, string? userId)
    {
        SessionRecord? found = null;
        if (!await database.TryAsync(async patience => found = await OpenAsync(sessionId, userId, patience)))
        {
            return MayEnterFromMemory(sessionId, userId);
        }

        if (found is null)
        {
            return false;
        }

        recent.Enter(sessionId, found.UserId, found.State, isNew: false);
        return true;
    }

    /// <summary>Null where there is none, or it is not this user's.</summary>
    public async Task<SessionRecord?> FindAsync(string sessionId, string? userId, CancellationToken cancellation) =>
        SessionId.IsValid(sessionId) && await sessions.FindAsync(sessionId, cancellation) is { } found && (userId is null || found.UserId == userId)
            ? found
            : null;

    private async Task<SessionRecord?> OpenAsync(string sessionId, string? userId, CancellationToken cancellation)
    {
        var found = await sessions.FindAsync(sessionId, cancellation);
        if (found is null && policy.CreateUnknown)
        {
            await sessions.CreateAsync(sessionId, userId, cancellation);
            // Somebody else may have been faster.
            found = await sessions.FindAsync(sessionId, cancellation);
        }

        if (found is null || found.State.IsOver || userId is null || found.UserId == userId)
        {
            return found is { State.IsOver: false } ? found : null;
        }

        // Where ids come from elsewhere, the first who names one with a token is its owner, also if a socket without one was faster.
        return found.UserId is null && policy.CreateUnknown && await sessions.ClaimAsync(sessionId, userId, cancellation)
            ? found with { UserId = userId }
            : null;
    }

    /// <summary>Who talked to the counsellor lately goes on; a new session can begin only where no table has to say that there is one.</summary>
    private bool MayEnterFromMemory(string sessionId, string? userId)
    {
        if (recent.Find(sessionId) is { } known)
        {
            return !known.History.State.IsOver && (userId is null || known.UserId == userId);
        }

        if (!policy.CreateUnknown)
        {
            throw new DatabaseAwayException();
        }

        recent.Enter(sessionId, userId, SessionState.Active, isNew: true);
        return true;
    }
}
