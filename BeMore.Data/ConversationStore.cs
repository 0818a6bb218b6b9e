using System.Data;
using System.Data.Common;
using Npgsql;

namespace BeMore.Data;

/// <summary>What was said, kept and read back.</summary>
/// <remarks>
/// The statements of every turn, in SQL that both databases take, without EF Core: its share of a turn's processor time was
/// a sixth (docs/performance.md).
/// </remarks>
public sealed class ConversationStore(DbDataSource database, StoreTimings timings)
{
    /// <summary>How many turns count as history (protocol.md, section 3).</summary>
    public const int HistoryLength = 10;

    /// <summary>
    /// One round trip for both questions of a turn's start: is there such a session, and what were its latest turns.
    /// The inner part is an index scan of as many rows (<c>idx_conversations_history</c>), and of those between them that have no answer.
    /// </summary>
    public static readonly string HistorySql =
        $"""
        SELECT s.status, s.ended_at IS NOT NULL, c.user_message, c.ai_response, c.outcome, c.created_at
        FROM sessions AS s
        LEFT JOIN (
            SELECT id, user_message, ai_response, outcome, created_at, "timestamp"
            FROM conversations
            WHERE session_id = @session AND ai_response <> ''
            ORDER BY "timestamp" DESC, id DESC
            LIMIT {HistoryLength}
        ) AS c ON TRUE
        WHERE s.session_id = @session
        ORDER BY c."timestamp", c.id
        """;

    // Once, however often it is said: a turn's start may be tried twice, and the journal may have been faster.
    private static readonly string AskSql =
        $"""
        INSERT INTO conversations (turn_id, session_id, user_message, ai_response, emotion, "timestamp", outcome)
        SELECT @turn, session_id, @user_message, '', @emotion, @timestamp, '{TurnOutcome.Asked}'
        FROM sessions
        WHERE session_id = @session AND ended_at IS NULL AND COALESCE(LOWER(status), '') NOT IN ({SessionStatus.NoTurnsSql})
        ON CONFLICT (turn_id) DO NOTHING;
        {HistorySql}
        """;

    private const string EndSql =
        """
        UPDATE conversations SET ai_response = @ai_response, outcome = @outcome WHERE turn_id = @turn
        """;

    // Kept when it was said, not now: it is deleted when its time is over, however long it waited.
    private const string RestoreSql =
        """
        INSERT INTO conversations (turn_id, session_id, user_message, ai_response, emotion, "timestamp", outcome, created_at)
        VALUES (@turn, @session, @user_message, @ai_response, @emotion, @timestamp, @outcome, @asked_at)
        ON CONFLICT (turn_id) DO UPDATE SET ai_response = excluded.ai_response, outcome = excluded.outcome
        WHERE conversations.outcome = 'asked'
        """;

    /// <summary>
    /// The session and its latest ten answered turns, oldest first, by <c>timestamp</c> then <c>id</c>; null if there is no such session.
    /// </summary>
    public Task<SessionHistory?> FindAsync(string sessionId, CancellationToken cancellation) =>
        timings.TimeAsync("find_history", () => StaleConnections.TryTwiceAsync(
            () => ReadAsync(HistorySql, command => command.Add("session", sessionId), cancellation)));

    /// <summary>
    /// Begins a turn: keeps what the person said, durably, where the session takes turns, and gives what
    /// <see cref="FindAsync"/> gives, in one round trip.
    /// </summary>
    public Task<SessionHistory?> AskAsync(KeptTurn turn, CancellationToken cancellation) =>
        timings.TimeAsync("ask_turn", () => StaleConnections.TryTwiceAsync(() => ReadAsync(
            AskSql,
            command =>
            {
                command.Add("turn", turn.Id, DbType.Guid);
                command.Add("session", turn.SessionId);
                command.Add("user_message", turn.UserMessage);
                command.Add("emotion", turn.Emotion);
                command.Add("timestamp", turn.Timestamp, DbType.Int64);
            },
            cancellation)));

    /// <summary>Ends a turn that was begun: when this returns, the database has committed its answer.</summary>
    /// <returns>False: the session was erased in the meantime.</returns>
    public Task<bool> EndAsync(KeptTurn turn, CancellationToken cancellation) => timings.TimeAsync("end_turn", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = EndSql;
        command.Add("turn", turn.Id, DbType.Guid);
        command.Add("ai_response", turn.AiResponse);
        command.Add("outcome", turn.Outcome);
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    });

    /// <summary>
    /// Stores a turn that was kept elsewhere while the database was away; one that is there already as it is, is left so.
    /// </summary>
    /// <returns>False: there is no such session.</returns>
    public Task<bool> RestoreAsync(KeptTurn turn, CancellationToken cancellation) => timings.TimeAsync("restore_turn", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = LockPatience.Before(database, RestoreSql);
        AddTurn(command.Add, turn);
        try
        {
            await command.ExecuteNonQueryAsync(cancellation);
            return true;
        }
        catch (DbException e) when (DatabaseErrors.IsForeignKeyViolation(e))
        {
            return false;
        }
    });

    /// <summary>The embedded database is never away, and stores them one by one.</summary>
    public bool CanRestoreMany => database is NpgsqlDataSource;

    /// <summary>The same with many, in one round trip and as one: all or, where one cannot be stored, none.</summary>
    public Task RestoreAsync(IReadOnlyList<KeptTurn> turns, CancellationToken cancellation) => timings.TimeAsync("restore_turns", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var batch = connection.CreateBatch();
        var patience = batch.CreateBatchCommand();
        patience.CommandText = LockPatience.Sql;
        batch.BatchCommands.Add(patience);
        foreach (var turn in turns)
        {
            var command = batch.CreateBatchCommand();
            command.CommandText = RestoreSql;
            AddTurn(command.Add, turn);
            batch.BatchCommands.Add(command);
        }

        return await batch.ExecuteNonQueryAsync(cancellation);
    });

    private static void AddTurn(Action<string, object?, DbType> add, KeptTurn turn)
    {
        add("turn", turn.Id, DbType.Guid);
        add("session", turn.SessionId, DbType.String);
        add("user_message", turn.UserMessage, DbType.String);
        add("ai_response", turn.AiResponse, DbType.String);
        add("emotion", turn.Emotion, DbType.String);
        add("timestamp", turn.Timestamp, DbType.Int64);
        add("outcome", turn.Outcome, DbType.String);
        add("asked_at", turn.AskedAt.UtcDateTime, DbType.DateTime);
    }

    private async Task<SessionHistory?> ReadAsync(string sql, Action<DbCommand> fill, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        fill(command);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var found = await SessionHistoryRows.ReadAsync(rows, cancellation);
        // To the very end, where a failed commit tells.
        await rows.NextResultAsync(cancellation);
        return found;
    }
}
