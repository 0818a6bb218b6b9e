using BeMore.Data;
using dotenv.net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace BeMore.Migrations;

/// <summary>What <c>dotnet ef</c> asks for a context: PostgreSQL at <c>DATABASE_URL</c>, from the environment or from <c>.env</c>.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<BeMoreDbContext>
{
    public BeMoreDbContext CreateDbContext(string[] args)
    {
        var url = Environment.GetEnvironmentVariable("DATABASE_URL");
        if (string.IsNullOrWhiteSpace(url))
        {
            // dotnet ef may have entered the project's folder: .env stands at the root, one level up.
            DotEnv.Fluent().WithoutExceptions().WithProbeForEnv(2).Read().TryGetValue("DATABASE_URL", out url);
        }

        if (string.IsNullOrWhiteSpace(url))
        {
            Console.Error.WriteLine($"DATABASE_URL is not set: a command that needs the database will fail. It has the shape {DatabaseUrl.Shape}.");
            url = null;
        }

        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        options.UseBeMorePostgres(url is null ? null : DatabaseUrl.ToConnectionString(url));
        return new BeMoreDbContext(options.Options);
    }
}
