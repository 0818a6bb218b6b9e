using BeMore.Data;
using Microsoft.EntityFrameworkCore;

namespace BeMore.Operations;

internal static class Database
{
    /// <summary>Applies what migrations are missing. Safe to run twice, and two at once: EF Core holds a lock meanwhile.</summary>
    public static async Task MigrateAsync(IServiceProvider services)
    {
        await using var db = await services.GetRequiredService<IDbContextFactory<BeMoreDbContext>>().CreateDbContextAsync();
        await db.Database.MigrateAsync();
    }
}
