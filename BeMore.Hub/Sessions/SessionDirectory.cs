using BeMore.Data;

namespace BeMore.Sessions;

/// <summary>Which sessions take turns. An unknown one is made where the policy says so.</summary>
internal sealed class SessionDirectory(SessionStore sessions, ConversationStore conversations, SessionPolicy policy)
{
    /// <summary>True for a session that is there, or may be made, and has not ended.</summary>
    public async Task<bool> IsOpenAsync(string sessionId, CancellationToken cancellation)
    {
        if (await sessions.FindAsync(sessionId, cancellation) is { } state)
        {
            return !state.IsOver;
        }

        return await CreateAsync(sessionId, cancellation);
    }

    /// <summary>
    /// What was said in the session, for its next turn; null if it takes none. Asked before every turn, because a session may be ended
    /// or erased elsewhere while its socket is open.
    /// </summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="mayCreate">False where the session was there before: unknown then means erased.</param>
    /// <param name="cancellation">Gives the question up.</param>
    public async Task<IReadOnlyList<PastTurn>?> OpenAsync(string sessionId, bool mayCreate, CancellationToken cancellation)
    {
        if (await conversations.FindAsync(sessionId, cancellation) is { } found)
        {
            return found.State.IsOver ? null : found.Turns;
        }

        return mayCreate && await CreateAsync(sessionId, cancellation) ? [] : null;
    }

    private async Task<bool> CreateAsync(string sessionId, CancellationToken cancellation)
    {
        if (policy.CreateUnknown)
        {
            await sessions.CreateAsync(sessionId, cancellation);
        }

        return policy.CreateUnknown;
    }
}
