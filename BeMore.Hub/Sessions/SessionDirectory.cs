using BeMore.Data;

namespace BeMore.Sessions;

/// <summary>Who may enter which session. An unknown one is made where the policy says so.</summary>
internal sealed class SessionDirectory(SessionStore sessions, SessionPolicy policy)
{
    /// <summary>
    /// True for a session that takes turns from this user: it is there, or may be made, and has not ended. Somebody else's is as if
    /// there were none.
    /// </summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="userId">Whom a token names; null: the id alone authorises (protocol.md, section 6).</param>
    /// <param name="cancellation">Gives the question up.</param>
    public async Task<bool> MayEnterAsync(string sessionId, string? userId, CancellationToken cancellation)
    {
        var found = await sessions.FindAsync(sessionId, cancellation);
        if (found is null && policy.CreateUnknown)
        {
            await sessions.CreateAsync(sessionId, userId, cancellation);
            // Somebody else may have been faster.
            found = await sessions.FindAsync(sessionId, cancellation);
        }

        return found is { State.IsOver: false } && (userId is null || await IsOwnerAsync(sessionId, found, userId, cancellation));
    }

    /// <summary>Null where there is none, or it is not this user's.</summary>
    public async Task<SessionRecord?> FindAsync(string sessionId, string? userId, CancellationToken cancellation) =>
        SessionId.IsValid(sessionId) && await sessions.FindAsync(sessionId, cancellation) is { } found && (userId is null || found.UserId == userId)
            ? found
            : null;

    private async Task<bool> IsOwnerAsync(string sessionId, SessionRecord found, string userId, CancellationToken cancellation)
    {
        if (found.UserId is not null)
        {
            return found.UserId == userId;
        }

        // Where ids come from elsewhere, the first who names one with a token is its owner, also if a socket without one was faster.
        return policy.CreateUnknown && await sessions.ClaimAsync(sessionId, userId, cancellation);
    }
}
