using System.Data;
using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace BeMore.Data;

internal static class DbCommandParameters
{
    public static void Add(this DbCommand command, string name, object? value, DbType type = DbType.String) =>
        command.Parameters.Add(Fill(command.CreateParameter(), name, value, type));

    public static void Add(this DbBatchCommand command, string name, object? value, DbType type) =>
        command.Parameters.Add(Fill(command.CreateParameter(), name, value, type));

    private static DbParameter Fill(DbParameter parameter, string name, object? value, DbType type)
    {
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value ?? DBNull.Value;
        return parameter;
    }

    /// <summary>A text that PostgreSQL reads as whatever its column is.</summary>
    public static void AddUntyped(this DbCommand command, string name, string value)
    {
        command.Add(name, value);
        if (command.Parameters[name] is NpgsqlParameter parameter)
        {
            parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
        }
    }
}
