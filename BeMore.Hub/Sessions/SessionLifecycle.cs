using BeMore.Counselling;
using BeMore.Data;
using BeMore.Keeping;

namespace BeMore.Sessions;

/// <summary>
/// What may be done to a session from outside its talk. Each holds for its turns at once: for the one that runs, those that wait, and
/// those that are said while the database is away.
/// </summary>
internal sealed class SessionLifecycle(SessionStore sessions, TurnKeeper keeper, TurnRegistry turns, TimeProvider time)
{
    /// <summary>Pauses or resumes it. False: it has ended, and stays so.</summary>
    public async Task<bool> SetStatusAsync(string sessionId, string status)
    {
        if (!await sessions.SetStatusAsync(sessionId, status, CancellationToken.None))
        {
            return false;
        }

        keeper.Remember(sessionId, new SessionState(status, HasEnded: false));
        return true;
    }

    /// <summary>Ends it. The answer that runs ends where it is and is kept; what waits finds the session ended. Nobody waits for either here.</summary>
    public async Task EndAsync(string sessionId)
    {
        await sessions.EndAsync(sessionId, time.GetUtcNow(), CancellationToken.None);
        keeper.Remember(sessionId, SessionState.Ended);
        turns.Cancel(sessionId);
    }

    /// <summary>Erases it with all its turns, and with what of them has yet to be told or stored.</summary>
    public async Task EraseAsync(string sessionId)
    {
        await sessions.EraseAsync(sessionId, CancellationToken.None);
        turns.Erase(sessionId);
        await keeper.EraseAsync(sessionId);
    }
}
