using Microsoft.EntityFrameworkCore;

namespace BeMore.Data;

/// <summary>The whole of a talk, page by page, for its owner.</summary>
public sealed class ConversationRecord(IDbContextFactory<BeMoreDbContext> contexts, StoreTimings timings)
{
    /// <summary>Turns in order, oldest first, by <c>timestamp</c> then <c>id</c>, and how many there are in all.</summary>
    /// <param name="sessionId">Whose.</param>
    /// <param name="offset">How many to leave out.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellation">Gives it up.</param>
    public Task<(IReadOnlyList<RecordedTurn> Turns, int Total)> ReadAsync(string sessionId, int offset, int limit, CancellationToken cancellation) =>
        timings.TimeAsync("read_record", () => ReadPageAsync(sessionId, offset, limit, cancellation));

    private async Task<(IReadOnlyList<RecordedTurn> Turns, int Total)> ReadPageAsync(
        string sessionId, int offset, int limit, CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        var all = db.Conversations.Where(t => t.SessionId == sessionId);
        var turns = await all
            .OrderBy(t => t.Timestamp).ThenBy(t => t.Id)
            .Skip(offset).Take(limit)
            .Select(t => new RecordedTurn(t.UserMessage, t.AiResponse, t.Emotion, t.Timestamp))
            .ToListAsync(cancellation);
        return (turns, await all.CountAsync(cancellation));
    }
}
