using System.Data;
using System.Data.Common;

namespace BeMore.Data;

internal static class DbCommandParameters
{
    public static void Add(this DbCommand command, string name, object? value, DbType type = DbType.String)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}
