using BeMore.Data;

namespace BeMore.Sessions;

/// <summary>Whether a session takes turns.</summary>
internal sealed class SessionDirectory(SessionStore store, SessionPolicy options)
{
    /// <summary>
    /// True for a session that is there and has not ended; an unknown one is made where the options say so.
    /// Asked before every turn, because a session may be ended or erased elsewhere while its socket is open.
    /// </summary>
    public async Task<bool> IsOpenAsync(string sessionId, CancellationToken cancellation)
    {
        if (!SessionId.IsValid(sessionId))
        {
            return false;
        }

        if (await store.FindAsync(sessionId, cancellation) is { } state)
        {
            return !state.IsOver;
        }

        if (options.CreateUnknown)
        {
            await store.CreateAsync(sessionId, cancellation);
        }

        return options.CreateUnknown;
    }
}
