using Microsoft.EntityFrameworkCore;

namespace BeMore.Data;

/// <summary>What was said, kept and read back.</summary>
public sealed class ConversationStore(IDbContextFactory<BeMoreDbContext> contexts)
{
    /// <summary>How many turns count as history (protocol.md, section 3).</summary>
    public const int HistoryLength = 10;

    private static readonly Func<BeMoreDbContext, string, IAsyncEnumerable<PastTurn>> LatestFirst =
        EF.CompileAsyncQuery((BeMoreDbContext db, string sessionId) => db.Conversations
            .Where(t => t.SessionId == sessionId)
            .OrderByDescending(t => t.Timestamp).ThenByDescending(t => t.Id)
            .Take(HistoryLength)
            .Select(t => new PastTurn(t.UserMessage, t.AiResponse)));

    /// <summary>The latest ten turns of a session, oldest first, by <c>timestamp</c> then <c>id</c>.</summary>
    public async Task<IReadOnlyList<PastTurn>> RecentAsync(string sessionId, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var turns = new List<PastTurn>(HistoryLength);
        await foreach (var turn in LatestFirst(db, sessionId).WithCancellation(cancellation))
        {
            turns.Add(turn);
        }

        turns.Reverse();
        return turns;
    }

    /// <summary>Stores a turn durably: when this returns, the database has committed it.</summary>
    /// <exception cref="SessionGoneException">The session was erased in the meantime.</exception>
    public async Task AppendAsync(Conversation turn, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        db.Conversations.Add(turn);
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException e) when (DatabaseErrors.IsForeignKeyViolation(e))
        {
            throw new SessionGoneException(e);
        }
    }
}
