using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace BeMore.Data;

/// <summary>What was said, kept and read back.</summary>
public sealed class ConversationStore(IDbContextFactory<BeMoreDbContext> contexts)
{
    /// <summary>How many turns count as history (protocol.md, section 3).</summary>
    public const int HistoryLength = 10;

    // One round trip for both questions of a turn's start. The two halves are not correlated: SQLite could not join them otherwise.
    // Not static: a compiled query belongs to the model of its database, of which a process may have two kinds.
    private readonly Func<BeMoreDbContext, string, IAsyncEnumerable<Row>> _latestFirst =
        EF.CompileAsyncQuery((BeMoreDbContext db, string sessionId) =>
            from session in db.Sessions.Where(s => s.SessionId == sessionId)
            from turn in db.Conversations
                .Where(t => t.SessionId == sessionId)
                .OrderByDescending(t => t.Timestamp).ThenByDescending(t => t.Id)
                .Take(HistoryLength)
                .DefaultIfEmpty()
            orderby turn.Timestamp descending, turn.Id descending
            select new Row(session.Status, session.EndedAt != null, turn.UserMessage, turn.AiResponse));

    /// <summary>
    /// The session and its latest ten turns, oldest first, by <c>timestamp</c> then <c>id</c>; null if there is no such session.
    /// </summary>
    public async Task<SessionHistory?> FindAsync(string sessionId, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync(sessionId, cancellation);
        }
        catch (Exception e) when (DatabaseErrors.IsTransient(e))
        {
            // A database that was started anew leaves dead connections in the pool, of which the first use tells. A turn begins with
            // this question, so it is the one that finds out, and nobody else has to.
            return await ReadAsync(sessionId, cancellation);
        }
    }

    private async Task<SessionHistory?> ReadAsync(string sessionId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        SessionState? state = null;
        var turns = new List<PastTurn>(HistoryLength);
        await foreach (var row in _latestFirst(db, sessionId).WithCancellation(cancellation))
        {
            state ??= new SessionState(row.Status, row.HasEnded);
            if (row.UserMessage is not null && row.AiResponse is not null)
            {
                turns.Add(new PastTurn(row.UserMessage, row.AiResponse));
            }
        }

        turns.Reverse();
        return state is null ? null : new SessionHistory(state, turns);
    }

    private sealed record Row(string? Status, bool HasEnded, string? UserMessage, string? AiResponse);

    /// <summary>Stores a turn durably: when this returns, the database has committed it.</summary>
    /// <exception cref="SessionGoneException">The session was erased in the meantime.</exception>
    public async Task AppendAsync(Conversation turn, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        try
        {
            // One statement, without the change tracker's bookkeeping and without reading back what nobody needs.
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO conversations (session_id, user_message, ai_response, emotion, "timestamp")
                VALUES ({turn.SessionId}, {turn.UserMessage}, {turn.AiResponse}, {turn.Emotion}, {turn.Timestamp})
                """,
                cancellation);
        }
        catch (DbException e) when (DatabaseErrors.IsForeignKeyViolation(e))
        {
            throw new SessionGoneException(e);
        }
    }
}
