using Microsoft.EntityFrameworkCore;

namespace BeMore.Data;

/// <summary>Which sessions there are.</summary>
public sealed class SessionStore(IDbContextFactory<BeMoreDbContext> contexts)
{
    // Not static: it belongs to the model of its database, of which a process may have two kinds.
    private readonly Func<BeMoreDbContext, string, CancellationToken, Task<SessionState?>> _find =
        EF.CompileAsyncQuery((BeMoreDbContext db, string sessionId, CancellationToken cancellation) => db.Sessions
            .Where(s => s.SessionId == sessionId)
            .Select(s => new SessionState(s.Status, s.EndedAt != null))
            .FirstOrDefault());

    /// <summary>The session's state; null where there is none of that id.</summary>
    public async Task<SessionState?> FindAsync(string sessionId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await _find(db, sessionId, cancellation);
    }

    /// <summary>Makes a session of this id; leaves one that exists already as it is.</summary>
    public async Task CreateAsync(string sessionId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        // Two sockets may open the same new session at once; and a table that was there before us may have columns
        // that we do not know, so only what must be said is said.
        await db.Database.ExecuteSqlAsync(
            $"INSERT INTO sessions (session_id, status) VALUES ({sessionId}, {SessionStatus.Active}) ON CONFLICT (session_id) DO NOTHING",
            cancellation);
    }
}
