using BeMore.Data;
using Microsoft.EntityFrameworkCore;

namespace BeMore.Operations;

internal static class Database
{
    /// <summary>Applies what migrations are missing. Safe to run twice, and two at once: EF Core holds a lock meanwhile.</summary>
    public static async Task MigrateAsync(DatabaseSettings database)
    {
        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        if (database.ConnectionString is { } postgres)
        {
            options.UseBeMorePostgres(postgres);
        }
        else
        {
            options.UseBeMoreSqlite(database.SqliteFile);
        }

        await using var db = new BeMoreDbContext(options.Options);
        await db.Database.MigrateAsync();
    }
}
