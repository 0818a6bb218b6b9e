using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace BeMore.Data;

/// <summary>The errors of two databases under the names that this product needs.</summary>
public static class DatabaseErrors
{
    // https://www.sqlite.org/rescode.html: SQLITE_CONSTRAINT_FOREIGNKEY; 1 is SQLITE_ERROR, "no such table" among others.
    private const int SqliteForeignKey = 787;
    private const int SqliteError = 1;

    public static bool IsForeignKeyViolation(DbException e) => e is
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } or
        SqliteException { SqliteExtendedErrorCode: SqliteForeignKey };

    /// <summary>A text that cannot be read as what its column is.</summary>
    public static bool IsNotOfItsColumn(DbException e) => e is
        PostgresException { SqlState: PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.NumericValueOutOfRange };

    /// <summary>
    /// The database is away, or cannot take anything now: what was to be stored is right and can be stored later. By class of SQLSTATE:
    /// connection, resources, shutdown, the system under it, and a server that was made read-only; or a pooler that does not know what was
    /// prepared (docs/deployment.md).
    /// </summary>
    public static bool IsAway(Exception e) => e switch
    {
        PostgresException p => p.SqlState[..2] is "08" or "53" or "57" or "58" || p.SqlState
            is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement,
        // Before there is an answer: the connection could not be had, or broke.
        NpgsqlException or TimeoutException or SocketException or IOException => true,
        _ => false,
    };

    /// <summary>What was to be stored breaks a rule of the table, and always will: SQLSTATE classes 22 (data) and 23 (constraints).</summary>
    public static bool IsRefused(Exception e) => e is PostgresException p && p.SqlState[..2] is "22" or "23";

    /// <summary>The database answers, but the migrations have not been applied to it.</summary>
    public static bool IsTableMissing(Exception e) => e is
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } or
        SqliteException { SqliteErrorCode: SqliteError };
}
