using BeMore.Counselling;
using BeMore.Data;
using BeMore.Keeping;
using BeMore.Safety;

namespace BeMore.Sessions;

/// <summary>
/// What may be done to a session from outside its talk. Each holds for its turns at once: for the one that runs, those that wait, and
/// those that are said while the database is away.
/// </summary>
internal sealed class SessionLifecycle(
    SessionStore sessions,
    TurnKeeper keeper,
    TurnRegistry turns,
    SessionRisk risk,
    HelpTexts help,
    ISessionNews news,
    DatabaseWatch database,
    TimeProvider time)
{
    /// <summary>Pauses or resumes it. False: it has ended, and stays so.</summary>
    public async Task<bool> SetStatusAsync(string sessionId, string status)
    {
        if (!await sessions.SetStatusAsync(sessionId, status, CancellationToken.None))
        {
            return false;
        }

        await HoldAsync(sessionId, status == SessionStatus.Paused ? SessionChange.Paused : SessionChange.Resumed);
        return true;
    }

    /// <summary>Ends it. The answer that runs ends where it is and is kept; what waits finds the session ended. Nobody waits for either here.</summary>
    public async Task EndAsync(string sessionId)
    {
        await sessions.EndAsync(sessionId, time.GetUtcNow(), CancellationToken.None);
        await HoldAsync(sessionId, SessionChange.Ended);
    }

    /// <summary>Erases it with all its turns, and with what of them has yet to be told or stored.</summary>
    public async Task EraseAsync(string sessionId)
    {
        await sessions.EraseAsync(sessionId, waitsLong: true, CancellationToken.None);
        await HoldAsync(sessionId, SessionChange.Erased);
    }

    /// <summary>
    /// Another backend has done it already, and whoever asked for it has been told so: it holds here whatever becomes of the row, and an
    /// erasure that the database does not take now is done when it does.
    /// </summary>
    public async Task FollowAsync(string sessionId, SessionChange change)
    {
        await HoldAsync(sessionId, change);
        switch (change)
        {
            case SessionChange.Paused:
                await sessions.SetStatusAsync(sessionId, SessionStatus.Paused, CancellationToken.None);
                break;
            case SessionChange.Resumed:
                await sessions.SetStatusAsync(sessionId, SessionStatus.Active, CancellationToken.None);
                break;
            case SessionChange.Ended:
                await sessions.EndAsync(sessionId, time.GetUtcNow(), CancellationToken.None);
                break;
            case SessionChange.Erased when !await database.TryAsync(patience => sessions.EraseAsync(sessionId, waitsLong: false, patience)):
                await keeper.EraseLaterAsync(sessionId);
                break;
        }
    }

    /// <summary>Sessions were deleted because of their age: to whoever still has one open it is as if it had been erased.</summary>
    public async Task ForgetAsync(IReadOnlyList<string> sessionIds)
    {
        foreach (var sessionId in sessionIds)
        {
            await HoldAsync(sessionId, SessionChange.Expired);
        }
    }

    /// <summary>What was done to a session in the database, here or at another node, holds for its turns here.</summary>
    public async Task NoteAsync(string sessionId, SessionChange change)
    {
        switch (change)
        {
            case SessionChange.Paused:
                keeper.Remember(sessionId, new SessionState(SessionStatus.Paused, HasEnded: false));
                break;
            case SessionChange.Resumed:
                keeper.Remember(sessionId, new SessionState(SessionStatus.Active, HasEnded: false));
                break;
            case SessionChange.Ended:
                keeper.Remember(sessionId, SessionState.Ended);
                turns.Cancel(sessionId);
                break;
            // Of those that nobody uses there may be many thousands, which would push out of memory those that somebody does.
            case SessionChange.Expired when !keeper.Remembers(sessionId):
                break;
            case SessionChange.Erased or SessionChange.Expired:
                turns.Erase(sessionId);
                risk.Forget(sessionId);
                help.Forget(sessionId);
                await keeper.EraseAsync(sessionId);
                break;
        }
    }

    private Task HoldAsync(string sessionId, SessionChange change)
    {
        news.Tell(sessionId, change);
        return NoteAsync(sessionId, change);
    }
}
