using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BeMore.Data;

/// <summary>Which sessions there are, whose they are, and how they stand.</summary>
public sealed class SessionStore(IDbContextFactory<BeMoreDbContext> contexts, DbDataSource database, StoreTimings timings)
{
    // The owner's table may hold its users' ids as numbers: they are compared as text. EF Core would read them as what the model says.
    private const string FindSql =
        """
        SELECT status, ended_at, CAST(user_id AS text), created_at
        FROM sessions
        WHERE session_id = @session
        """;

    // Two sockets may open the same new session at once; and a table that was there before us may have columns that we do not know,
    // so only what must be said is said.
    private const string CreateSql =
        $"INSERT INTO sessions (session_id, status) VALUES (@session, '{SessionStatus.Active}') ON CONFLICT (session_id) DO NOTHING";

    private const string CreateOwnedSql =
        $"INSERT INTO sessions (session_id, status, user_id) VALUES (@session, '{SessionStatus.Active}', @user) ON CONFLICT (session_id) DO NOTHING";

    private const string ClaimSql =
        "UPDATE sessions SET user_id = @user WHERE session_id = @session AND user_id IS NULL";

    // A table of turns that was there before us may refer to no session, or not go with it.
    private const string EraseSql =
        "DELETE FROM conversations WHERE session_id = @session; DELETE FROM sessions WHERE session_id = @session";

    // Locked first: where there is a foreign key, nobody begins a turn in between.
    private const string LockAndEraseSql = $"SELECT FROM sessions WHERE session_id = @session FOR UPDATE; {EraseSql}";

    /// <summary>Null where there is no session of that id.</summary>
    public Task<SessionRecord?> FindAsync(string sessionId, CancellationToken cancellation) =>
        timings.TimeAsync("find_session", () => StaleConnections.TryTwiceAsync(() => ReadAsync(sessionId, cancellation)));

    /// <summary>Makes a session of this id; leaves one that exists already as it is.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="userId">Who owns it; null for whoever holds its id.</param>
    /// <param name="cancellation">Gives it up.</param>
    public Task CreateAsync(string sessionId, string? userId, CancellationToken cancellation) =>
        // Said twice it is done once: a call that begins with it need not know of dead connections.
        timings.TimeAsync("create_session", () => StaleConnections.TryTwiceAsync(
            () => ExecuteAsync(userId is null ? CreateSql : CreateOwnedSql, sessionId, userId, cancellation)));

    /// <summary>Makes somebody the owner of a session that nobody owns. False if somebody does by now.</summary>
    public async Task<bool> ClaimAsync(string sessionId, string userId, CancellationToken cancellation) =>
        await timings.TimeAsync("claim_session", () => ExecuteAsync(ClaimSql, sessionId, userId, cancellation)) > 0;

    /// <summary>Pauses or resumes a session. One that has ended stays so: false.</summary>
    public Task<bool> SetStatusAsync(string sessionId, string status, CancellationToken cancellation) => timings.TimeAsync("set_session_status", async () =>
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Sessions
            .Where(s => s.SessionId == sessionId && s.EndedAt == null && s.Status != SessionStatus.Ended)
            .ExecuteUpdateAsync(s => s.SetProperty(session => session.Status, status), cancellation) > 0;
    });

    /// <summary>Ends a session. The first end counts: when it was is kept.</summary>
    public Task EndAsync(string sessionId, DateTimeOffset now, CancellationToken cancellation) => timings.TimeAsync("end_session", async () =>
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Sessions
            .Where(s => s.SessionId == sessionId && s.EndedAt == null)
            .ExecuteUpdateAsync(
                s => s.SetProperty(session => session.Status, SessionStatus.Ended).SetProperty(session => session.EndedAt, now.UtcDateTime),
                cancellation);
    });

    /// <summary>Erases a session and all its turns, or neither.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="waitsLong">Where somebody holds its row, for as long as any statement may take; else as long as a turn does.</param>
    /// <param name="cancellation">Gives it up.</param>
    public Task EraseAsync(string sessionId, bool waitsLong, CancellationToken cancellation) => timings.TimeAsync("erase_session", async () =>
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        var sql = database is NpgsqlDataSource ? LockAndEraseSql : EraseSql;
        command.CommandText = waitsLong ? sql : LockPatience.Before(database, sql);
        command.Add("session", sessionId);
        var erased = await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return erased;
    });

    private async Task<SessionRecord?> ReadAsync(string sessionId, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = FindSql;
        command.Add("session", sessionId);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        if (!await row.ReadAsync(cancellation))
        {
            return null;
        }

        var state = new SessionState(row.IsDBNull(0) ? null : row.GetString(0), HasEnded: !row.IsDBNull(1));
        return new SessionRecord(state, row.IsDBNull(2) ? null : row.GetString(2), row.TimeAt(3), row.TimeAt(1));
    }

    private async Task<int> ExecuteAsync(string sql, string sessionId, string? userId, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // One of the constants above.
        command.CommandText = LockPatience.Before(database, sql);
#pragma warning restore CA2100
        command.Add("session", sessionId);
        if (userId is not null)
        {
            // The owner's table may have numbers or UUIDs there.
            command.AddUntyped("user", userId);
        }

        try
        {
            return await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (DbException e) when (DatabaseErrors.IsNotOfItsColumn(e))
        {
            // Without the database's own words: they repeat the user's id, and would be logged.
            throw new InvalidOperationException("The column sessions.user_id is of a type that does not take the users whom the tokens name.");
        }
    }
}
