using System.Data.Common;
using Npgsql;

namespace BeMore.Data;

/// <summary>
/// How long a statement waits for a row that somebody else holds: less than anybody waits for the database, so that one row is told from
/// all of it (<see cref="DatabaseErrors.IsLocked"/>). It may have to wait twice: for the journal's own attempt at the same turn, then for the row.
/// </summary>
internal static class LockPatience
{
    /// <summary>
    /// For the rest of the transaction, which is the batch it stands in. Not of the connection: poolers know no such parameter, and lend their
    /// connections to others.
    /// </summary>
    public const string Sql = "SELECT set_config('lock_timeout', '1s', true)";

    /// <summary>The embedded database has one writer, and a timeout of its own.</summary>
    public static string Before(DbDataSource database, string sql) => database is NpgsqlDataSource ? $"{Sql};{sql}" : sql;
}
