using System.Data.Common;
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

    /// <summary>The database answers, but the migrations have not been applied to it.</summary>
    public static bool IsTableMissing(Exception e) => e is
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } or
        SqliteException { SqliteErrorCode: SqliteError };
}
