using BeMore.Sessions;

namespace BeMore.Forwarding;

/// <summary>
/// The sessions are the backend's, and what it does with one on the frontend's behalf goes through here: a session that it has paused,
/// ended or erased takes no turns here either.
/// </summary>
internal sealed class BackendSessions(SessionLifecycle lifecycle, TimeProvider time, ILogger<BackendSessions> logger)
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
            SessionChange? change = (request.Method, call) switch
            {
                ("POST", ["pause"]) => SessionChange.Paused,
                ("POST", ["resume"]) => SessionChange.Resumed,
                ("POST", ["end"]) => SessionChange.Ended,
                ("DELETE", []) => SessionChange.Erased,
                _ => null,
            };
            if (change is not null)
            {
                await lifecycle.FollowAsync(id, change.Value).WaitAsync(Patience, time);
            }
        }
        catch (Exception e)
        {
            logger.SessionNotNoted(id, e);
        }
    }
}
