using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Migrations.Internal;

namespace BeMore.Data;

/// <summary>
/// Several processes may migrate one database at once. EF Core's lock ends with each migration's transaction, and who waited for it
/// does not look again what was applied meanwhile: so a migration may be applied twice, which ours are written for, and is noted once.
/// </summary>
#pragma warning disable EF1001 // Internal API: the provider offers no other place. A test runs several at once.
internal sealed class SharedMigrationHistory(HistoryRepositoryDependencies dependencies) : NpgsqlHistoryRepository(dependencies)
#pragma warning restore EF1001
{
    public override string GetInsertScript(HistoryRow row) =>
        base.GetInsertScript(row).TrimEnd().TrimEnd(';') + " ON CONFLICT DO NOTHING;" + Environment.NewLine;
}
