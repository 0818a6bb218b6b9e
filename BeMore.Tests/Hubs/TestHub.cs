using BeMore.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BeMore.Tests;

/// <summary>The hub over PostgreSQL and a fake Gemini, both its own: what most tests stand on.</summary>
public sealed class TestHub : IAsyncDisposable
{
    // Migrated once; every test's database is a copy.
    private static readonly Lazy<Task<string>> Template = new(MigrateTemplateAsync);

    private TestHub(FakeGemini gemini, string databaseUrl, PostgresCluster cluster) =>
        (Gemini, DatabaseUrl, Cluster) = (gemini, databaseUrl, cluster);

    public FakeGemini Gemini { get; }

    public string DatabaseUrl { get; }

    public BeMoreApplication App { get; private set; } = null!;

    private PostgresCluster Cluster { get; }

    /// <param name="settings">Over those of a test: Gemini's address and key, the database, no pacing.</param>
    /// <param name="time">In place of the host's clock.</param>
    /// <param name="environment">Development or Production.</param>
    /// <param name="services">The last word on what is registered.</param>
    public static async Task<TestHub> StartAsync(
        Dictionary<string, string?>? settings = null,
        TimeProvider? time = null,
        string environment = "Development",
        Action<IServiceCollection>? services = null)
    {
        var cluster = await PostgresCluster.Shared;
        var database = settings?.GetValueOrDefault("DATABASE_URL") ?? await CreateDatabaseAsync();
        var hub = new TestHub(await FakeGemini.StartAsync(), database, cluster);
        var all = new Dictionary<string, string?>
        {
            ["DATABASE_URL"] = hub.DatabaseUrl,
            ["GEMINI_BASE_URL"] = hub.Gemini.BaseUrl,
            ["GEMINI_API_KEY"] = "test-key",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        hub.App = await BeMoreApplication.StartAsync(environment, all, time, services);
        return hub;
    }

    /// <summary>A database with the tables, for a hub that is started otherwise, or with another URL of it.</summary>
    public static async Task<string> CreateDatabaseAsync() =>
        await (await PostgresCluster.Shared).CreateDatabaseAsync(await Template.Value);

    /// <summary>The same, over what another product has left there.</summary>
    public static async Task<string> CreateDatabaseAsync(string sqlBefore)
    {
        var cluster = await PostgresCluster.Shared;
        var url = await cluster.CreateDatabaseAsync();
        await using (var connection = await cluster.OpenAsync(url))
        {
            await using var command = new NpgsqlCommand(sqlBefore, connection);
            await command.ExecuteNonQueryAsync();
        }

        await MigrateAsync(cluster, url);
        return url;
    }

    /// <summary>Applies the migrations, to a database of any cluster.</summary>
    public static async Task MigrateAsync(PostgresCluster cluster, string url)
    {
        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        // Not pooled: a database with a connection left open cannot be copied.
        options.UseBeMorePostgres(new NpgsqlConnectionStringBuilder(cluster.ConnectionString(url)) { Pooling = false }.ConnectionString);
        await using var db = new BeMoreDbContext(options.Options);
        await db.Database.MigrateAsync();
    }

    public Task<RawSocketClient> ConnectAsync(string sessionId = "s") => App.ConnectAsync(sessionId);

    /// <summary>What is stored of a session's answered turns, in the order in which they were asked.</summary>
    public async Task<IReadOnlyList<StoredTurn>> TurnsAsync(string sessionId = "s") =>
        [.. (await AskedAsync(sessionId)).Where(turn => turn.AiResponse.Length > 0)];

    /// <summary>As <see cref="TurnsAsync"/>, with those that have no answer.</summary>
    public async Task<IReadOnlyList<StoredTurn>> AskedAsync(string sessionId = "s")
    {
        await using var connection = await OpenAsync();
        await using var query = new NpgsqlCommand(
            "SELECT user_message, ai_response, emotion, \"timestamp\" FROM conversations WHERE session_id = $1 ORDER BY id", connection);
        query.Parameters.Add(new NpgsqlParameter { Value = sessionId });
        var turns = new List<StoredTurn>();
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            turns.Add(new StoredTurn(rows.GetString(0), rows.GetString(1), rows.IsDBNull(2) ? null : rows.GetString(2), rows.GetInt64(3)));
        }

        return turns;
    }

    /// <summary>All rows of all sessions, as they stand.</summary>
    public Task<IReadOnlyList<KeptRow>> RowsAsync() => KeptRow.ReadAsync(Cluster, DatabaseUrl);

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first row's values as text, with a space between them, nothing for a null; null if there is no row.</summary>
    public async Task<string?> RowAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var query = new NpgsqlCommand(sql, connection);
        await using var row = await query.ExecuteReaderAsync();
        return await row.ReadAsync() ? string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(row.GetValue)) : null;
    }

    public Task<NpgsqlConnection> OpenAsync() => Cluster.OpenAsync(DatabaseUrl);

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Gemini.DisposeAsync();
        await Cluster.DropDatabaseAsync(DatabaseUrl);
    }

    private static async Task<string> MigrateTemplateAsync()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await cluster.CreateDatabaseAsync();
        await MigrateAsync(cluster, url);
        return url;
    }
}

public sealed record StoredTurn(string UserMessage, string AiResponse, string? Emotion, long Timestamp);
