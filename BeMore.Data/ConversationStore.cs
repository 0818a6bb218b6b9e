using System.Data;
using System.Data.Common;

namespace BeMore.Data;

/// <summary>What was said, kept and read back.</summary>
/// <remarks>
/// The two statements of every turn, in SQL that both databases take, without EF Core: its share of a turn's processor time was
/// a sixth (docs/performance.md).
/// </remarks>
public sealed class ConversationStore(DbDataSource database)
{
    /// <summary>How many turns count as history (protocol.md, section 3).</summary>
    public const int HistoryLength = 10;

    /// <summary>
    /// One round trip for both questions of a turn's start: is there such a session, and what were its latest turns.
    /// The inner part is an index scan of as many rows (<c>idx_conversations_history</c>).
    /// </summary>
    public static readonly string HistorySql =
        $"""
        SELECT s.status, s.ended_at IS NOT NULL, c.user_message, c.ai_response
        FROM sessions AS s
        LEFT JOIN (
            SELECT id, user_message, ai_response, "timestamp"
            FROM conversations
            WHERE session_id = @session
            ORDER BY "timestamp" DESC, id DESC
            LIMIT {HistoryLength}
        ) AS c ON TRUE
        WHERE s.session_id = @session
        ORDER BY c."timestamp", c.id
        """;

    private const string AppendSql =
        """
        INSERT INTO conversations (session_id, user_message, ai_response, emotion, "timestamp")
        VALUES (@session, @user_message, @ai_response, @emotion, @timestamp)
        """;

    /// <summary>
    /// The session and its latest ten turns, oldest first, by <c>timestamp</c> then <c>id</c>; null if there is no such session.
    /// </summary>
    public Task<SessionHistory?> FindAsync(string sessionId, CancellationToken cancellation) =>
        StaleConnections.TryTwiceAsync(() => ReadAsync(sessionId, cancellation));

    /// <summary>Stores a turn durably: when this returns, the database has committed it.</summary>
    /// <exception cref="SessionGoneException">The session was erased in the meantime.</exception>
    public async Task AppendAsync(Conversation turn, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = AppendSql;
        command.Add("session", turn.SessionId);
        command.Add("user_message", turn.UserMessage);
        command.Add("ai_response", turn.AiResponse);
        command.Add("emotion", turn.Emotion);
        command.Add("timestamp", turn.Timestamp, DbType.Int64);
        try
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (DbException e) when (DatabaseErrors.IsForeignKeyViolation(e))
        {
            throw new SessionGoneException(e);
        }
    }

    private async Task<SessionHistory?> ReadAsync(string sessionId, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = HistorySql;
        command.Add("session", sessionId);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        SessionState? state = null;
        var turns = new List<PastTurn>(HistoryLength);
        while (await rows.ReadAsync(cancellation))
        {
            state ??= new SessionState(rows.IsDBNull(0) ? null : rows.GetString(0), rows.GetBoolean(1));
            if (!rows.IsDBNull(2))
            {
                turns.Add(new PastTurn(rows.GetString(2), rows.GetString(3)));
            }
        }

        return state is null ? null : new SessionHistory(state, turns);
    }
}
