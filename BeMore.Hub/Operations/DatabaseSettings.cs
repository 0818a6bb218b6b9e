using BeMore.Configuration;
using BeMore.Data;

namespace BeMore.Operations;

/// <summary>Where the conversations are kept.</summary>
/// <param name="ConnectionString"><c>DATABASE_URL</c> as Npgsql wants it; null: the embedded file.</param>
/// <param name="SqliteFile"><c>SQLITE_FILE</c>: the embedded file, used without <c>DATABASE_URL</c>, in Development only.</param>
internal sealed record DatabaseSettings(string? ConnectionString, string SqliteFile)
{
    public bool IsEmbedded => ConnectionString is null;

    public static DatabaseSettings Read(Settings settings)
    {
        var file = Path.GetFullPath(settings.Text("SQLITE_FILE") ?? "bemore.db");
        var url = settings.Text("DATABASE_URL");
        if (url is null)
        {
            return settings.IsDevelopment
                ? new DatabaseSettings(null, file)
                : throw Settings.Missing("DATABASE_URL", DatabaseUrl.Shape);
        }

        try
        {
            return new DatabaseSettings(DatabaseUrl.ToConnectionString(url), file);
        }
        catch (FormatException e)
        {
            throw Settings.Wrong("DATABASE_URL", Settings.Mask(url), $"{DatabaseUrl.Shape}: {e.Message}");
        }
    }
}
