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

    /// <summary>
    /// Classes of SQLSTATE that find fault with the statement or its row and not with the server: what it does not do (0A), cardinality (21),
    /// data (22), constraints (23), triggers and functions of the owner's (27, 38, 39, P0), another transaction (40), the statement or a right
    /// (42), a view's condition (44), and a row that is too large (54).
    /// </summary>
    private static readonly string[] OfWhatWasAsked = ["0A", "21", "22", "23", "27", "38", "39", "40", "42", "44", "54", "P0"];

    public static bool IsForeignKeyViolation(DbException e) => e is
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } or
        SqliteException { SqliteExtendedErrorCode: SqliteForeignKey };

    /// <summary>A text that cannot be read as what its column is.</summary>
    public static bool IsNotOfItsColumn(DbException e) => e is
        PostgresException { SqlState: PostgresErrorCodes.InvalidTextRepresentation or PostgresErrorCodes.NumericValueOutOfRange };

    /// <summary>
    /// The database is away, or cannot take anything now: what was to be stored is right and can be stored later. That is every SQLSTATE but
    /// those of what was asked: a server that starts, stops, is full or was made read-only says so in many of them, and poolers and proxies
    /// before it (docs/deployment.md) in others again, a refused login and XX000 among them.
    /// </summary>
    public static bool IsAway(Exception e) => e switch
    {
        // 42P05 is a pooler's, that knows already what was prepared.
        PostgresException p => p.SqlState is PostgresErrorCodes.DuplicatePreparedStatement
            || (!OfWhatWasAsked.Any(c => p.SqlState.StartsWith(c, StringComparison.Ordinal)) && !IsLocked(p)),
        // Before there is an answer: the connection could not be had, or broke.
        NpgsqlException or TimeoutException or SocketException or IOException => true,
        _ => false,
    };

    /// <summary>Somebody holds what was asked for, and for longer than <see cref="LockPatience"/>: the database is there for everything else.</summary>
    public static bool IsLocked(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>What was to be stored breaks a rule of the table's, its triggers' or its view's, and always will.</summary>
    public static bool IsRefused(Exception e) => e is PostgresException p && p.SqlState[..2] is "22" or "23" or "27" or "44" or "54" or "P0";

    /// <summary>The database answers, but the migrations have not been applied to it.</summary>
    public static bool IsTableMissing(Exception e) => e is
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } or
        SqliteException { SqliteErrorCode: SqliteError };
}
