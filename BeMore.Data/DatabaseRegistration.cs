using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BeMore.Data;

/// <summary>Chooses the database and registers what reads and writes it.</summary>
public static class DatabaseRegistration
{
    /// <summary>Where the migrations are.</summary>
    public const string MigrationsAssembly = "BeMore.Migrations";

    /// <param name="services">The application's services.</param>
    /// <param name="postgres">An Npgsql connection string; null for the embedded database.</param>
    /// <param name="sqliteFile">The embedded database's file, where <paramref name="postgres"/> is null.</param>
    public static IServiceCollection AddBeMoreData(this IServiceCollection services, string? postgres, string sqliteFile)
    {
        services.AddSingleton<DbDataSource>(postgres is not null
            // By the name its pool is known in metrics; without one they would hold the connection string, with the user and the host.
            ? new NpgsqlDataSourceBuilder(postgres) { Name = "bemore" }.Build()
            : SqliteFactory.Instance.CreateDataSource(SqliteConnectionString(sqliteFile)));
        services.AddPooledDbContextFactory<BeMoreDbContext>((provider, options) =>
        {
            if (provider.GetRequiredService<DbDataSource>() is NpgsqlDataSource source)
            {
                // One pool for both.
                options.UseBeMorePostgres(source);
            }
            else
            {
                options.UseBeMoreSqlite(sqliteFile);
            }
        });
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<StoreTimings>(provider, postgres is null ? "sqlite" : "postgresql"));
        return services
            .AddSingleton<ConversationStore>()
            .AddSingleton<TurnBatchStore>()
            .AddSingleton<ConversationRecord>()
            .AddSingleton<ConversationExport>()
            .AddSingleton<OldRecords>()
            .AddSingleton<SessionStore>();
    }

    public static DbContextOptionsBuilder UseBeMorePostgres(this DbContextOptionsBuilder options, string? connectionString) =>
        options
            .UseNpgsql(connectionString, npgsql => npgsql.MigrationsAssembly(MigrationsAssembly))
            .ReplaceService<IHistoryRepository, SharedMigrationHistory>()
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);

    private static DbContextOptionsBuilder UseBeMorePostgres(this DbContextOptionsBuilder options, NpgsqlDataSource source) =>
        options
            .UseNpgsql(source, npgsql => npgsql.MigrationsAssembly(MigrationsAssembly))
            .ReplaceService<IHistoryRepository, SharedMigrationHistory>()
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);

    public static DbContextOptionsBuilder UseBeMoreSqlite(this DbContextOptionsBuilder options, string file) =>
        options
            .UseSqlite(
                SqliteConnectionString(file),
                sqlite => sqlite.MigrationsAssembly(MigrationsAssembly))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            // The migrations' snapshot is PostgreSQL's, whose column types differ; a test holds it against the model.
            .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));

    private static string SqliteConnectionString(string file) =>
        new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true }.ConnectionString;
}
