using BeMore.Counselling;
using BeMore.Data;
using BeMore.Keeping;
using BeMore.Sessions;

namespace BeMore.Forwarding;

/// <summary>
/// The sessions are the backend's, and what it does with one on the frontend's behalf goes through here: a session that it has paused,
/// ended or erased takes no turns here either.
/// </summary>
internal sealed class BackendSessions(SessionStore sessions, TurnKeeper keeper, TurnRegistry turns, TimeProvider time, ILogger<BackendSessions> logger)
{
    /// <summary>Longest that an answer of the backend's waits for this: it is right without.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Before the caller knows that it is done, so that its next turn finds it so. Only a session that is known here is touched.</summary>
    public async Task NoteAsync(HttpRequest request)
    {
        if (request.Path.Value?.Split('/') is not ["", "api", "session", { } id, .. var call] || !SessionId.IsValid(id))
        {
            return;
        }

        try
        {
            var noted = (request.Method, call) switch
            {
                ("POST", ["pause"]) => SetStatusAsync(id, SessionStatus.Paused),
                ("POST", ["resume"]) => SetStatusAsync(id, SessionStatus.Active),
                ("POST", ["end"]) => EndAsync(id),
                ("DELETE", []) => EraseAsync(id),
                _ => Task.CompletedTask,
            };
            await noted.WaitAsync(Patience, time);
        }
        catch (Exception e)
        {
            logger.SessionNotNoted(id, e);
        }
    }

    private async Task SetStatusAsync(string id, string status)
    {
        if (await sessions.SetStatusAsync(id, status, CancellationToken.None))
        {
            keeper.Remember(id, new SessionState(status, HasEnded: false));
        }
    }

    private async Task EndAsync(string id)
    {
        await sessions.EndAsync(id, time.GetUtcNow(), CancellationToken.None);
        keeper.Remember(id, SessionState.Ended);
        turns.Cancel(id);
    }

    private async Task EraseAsync(string id)
    {
        await sessions.EraseAsync(id, CancellationToken.None);
        turns.Erase(id);
        await keeper.EraseAsync(id);
    }
}
