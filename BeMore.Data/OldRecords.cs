using System.Data;
using System.Data.Common;
using Npgsql;

namespace BeMore.Data;

/// <summary>
/// Deletes what is older than so many days, a few rows a statement: so that nothing else waits long for any of them. Several processes may do
/// it at once: what one deletes the others pass by.
/// </summary>
/// <remarks>By the database's clock, which wrote when a row was kept: a machine whose clock is wrong deletes nothing before its time.</remarks>
public sealed class OldRecords(DbDataSource database, StoreTimings timings)
{
    /// <summary>
    /// The oldest first, off the end of idx_conversations_created_at. (The array is filled once; what stands in an IN may be asked for again
    /// for each row, and then is another set.)
    /// </summary>
    public const string DeleteTurnsSql =
        """
        DELETE FROM conversations WHERE id = ANY (ARRAY(
            SELECT id FROM conversations
            WHERE created_at < now() - make_interval(days => @days)
            ORDER BY created_at
            LIMIT @most
            FOR UPDATE SKIP LOCKED))
        """;

    /// <summary>Rows of others may not say when they were kept: then it counts when it was said. The same index has them.</summary>
    public const string DeleteUndatedTurnsSql =
        """
        DELETE FROM conversations WHERE id = ANY (ARRAY(
            SELECT id FROM conversations
            WHERE created_at IS NULL AND "timestamp" < extract(epoch FROM now() - make_interval(days => @days)) * 1000
            LIMIT @most
            FOR UPDATE SKIP LOCKED))
        """;

    /// <summary>
    /// Sessions that are as old and have no turn any more. Locked first, so that nobody can say anything in them; whether somebody has in
    /// the meantime is seen by the statement after this one alone.
    /// </summary>
    public const string LockSessionsSql =
        """
        SELECT session_id FROM sessions
        WHERE created_at < now() - make_interval(days => @days)
          AND (ended_at IS NULL OR ended_at < now() - make_interval(days => @days))
          AND NOT EXISTS (SELECT FROM conversations AS c WHERE c.session_id = sessions.session_id)
        ORDER BY created_at
        LIMIT @most
        FOR UPDATE SKIP LOCKED
        """;

    private const string DeleteSessionsSql =
        """
        DELETE FROM sessions
        WHERE session_id = ANY (@sessions) AND NOT EXISTS (SELECT FROM conversations AS c WHERE c.session_id = sessions.session_id)
        RETURNING session_id
        """;

    /// <summary>The table is as the migrations make it where there is none: whoever had it before has columns, types or tables of its own there.</summary>
    private const string OwnsSessionsSql =
        """
        SELECT NOT EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = 'sessions'::regclass AND attnum > 0 AND NOT attisdropped
              AND (attname NOT IN ('session_id', 'user_id', 'status', 'created_at', 'ended_at')
                OR (attname IN ('created_at', 'ended_at') AND atttypid NOT IN ('timestamptz'::regtype, 'timestamp'::regtype))))
          AND NOT EXISTS (
            SELECT FROM pg_constraint
            WHERE contype = 'f' AND confrelid = 'sessions'::regclass AND conrelid <> 'conversations'::regclass)
        """;

    private const string SqliteDeleteTurnsSql =
        """
        DELETE FROM conversations WHERE id IN (
            SELECT id FROM conversations WHERE created_at < datetime('now', '-' || @days || ' days') ORDER BY created_at LIMIT @most)
        """;

    private const string SqliteDeleteSessionsSql =
        """
        DELETE FROM sessions WHERE session_id IN (
            SELECT session_id FROM sessions
            WHERE created_at < datetime('now', '-' || @days || ' days')
              AND (ended_at IS NULL OR ended_at < datetime('now', '-' || @days || ' days'))
              AND NOT EXISTS (SELECT 1 FROM conversations AS c WHERE c.session_id = sessions.session_id)
            ORDER BY created_at LIMIT @most)
        RETURNING session_id
        """;

    /// <summary>Deletes some of the turns that were kept more than <paramref name="days"/> days ago.</summary>
    /// <returns>How many; 0: there are none left that nobody else is deleting.</returns>
    public Task<int> DeleteTurnsAsync(int days, int most, CancellationToken cancellation) => timings.TimeAsync("delete_old_turns", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (connection is not NpgsqlConnection)
        {
            return await ExecuteAsync(connection, SqliteDeleteTurnsSql, days, most, cancellation);
        }

        var deleted = await ExecuteAsync(connection, DeleteTurnsSql, days, most, cancellation);
        return deleted > 0 ? deleted : await ExecuteAsync(connection, DeleteUndatedTurnsSql, days, most, cancellation);
    });

    /// <summary>Whether rows of <c>sessions</c> may be deleted: not where the table is somebody else's.</summary>
    public Task<bool> OwnsSessionsAsync(CancellationToken cancellation) => timings.TimeAsync("inspect_sessions", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (connection is not NpgsqlConnection)
        {
            return true;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = OwnsSessionsSql;
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    });

    /// <summary>
    /// Deletes some of the sessions that began, and ended where they did, more than <paramref name="days"/> days ago, and have no turn any more.
    /// </summary>
    /// <returns>Their ids; none: there are none left that nobody else is deleting.</returns>
    public Task<IReadOnlyList<string>> DeleteSessionsAsync(int days, int most, CancellationToken cancellation) => timings.TimeAsync("delete_old_sessions", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (connection is not NpgsqlConnection)
        {
            return await ReadIdsAsync(Command(connection, SqliteDeleteSessionsSql, days, most), cancellation);
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var locked = await ReadIdsAsync(Command(connection, LockSessionsSql, days, most), cancellation);
        if (locked.Count == 0)
        {
            return locked;
        }

        var delete = connection.CreateCommand();
        delete.CommandText = DeleteSessionsSql;
        delete.Parameters.Add(new NpgsqlParameter<string[]>("sessions", [.. locked]));
        var deleted = await ReadIdsAsync(delete, cancellation);
        await transaction.CommitAsync(cancellation);
        return deleted;
    });

    private static async Task<int> ExecuteAsync(DbConnection connection, string sql, int days, int most, CancellationToken cancellation)
    {
        await using var command = Command(connection, sql, days, most);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static DbCommand Command(DbConnection connection, string sql, int days, int most)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Add("days", days, DbType.Int32);
        command.Add("most", most, DbType.Int32);
        return command;
    }

    private static async Task<IReadOnlyList<string>> ReadIdsAsync(DbCommand command, CancellationToken cancellation)
    {
        await using var _ = command;
        var ids = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            ids.Add(rows.GetString(0));
        }

        return ids;
    }
}
