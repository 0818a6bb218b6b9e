using BeMore.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BeMore.Tests;

/// <summary>A cluster that tests may stop, one after the other: theirs alone, with a database of its own for each.</summary>
public sealed class FragileCluster : IAsyncLifetime
{
    private PostgresCluster _cluster = null!;
    private string _template = "";
    private bool _isFrozen;
    private bool _isDown;

    public async Task InitializeAsync()
    {
        _cluster = await PostgresCluster.StartAsync();
        _template = await _cluster.CreateDatabaseAsync();
        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        // Not pooled: a database with a connection left open cannot be copied.
        options.UseBeMorePostgres(new NpgsqlConnectionStringBuilder(_cluster.ConnectionString(_template)) { Pooling = false }.ConnectionString);
        await using var db = new BeMoreDbContext(options.Options);
        await db.Database.MigrateAsync();
    }

    public async Task DisposeAsync()
    {
        await ComeBackAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>With the tables; the cluster is there, whatever a test before left behind.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await ComeBackAsync();
        return await _cluster.CreateDatabaseAsync(_template);
    }

    public async Task GoAwayAsync()
    {
        _isDown = true;
        await _cluster.StopAsync(atOnce: true);
    }

    /// <summary>It takes connections and says nothing.</summary>
    public async Task FreezeAsync()
    {
        _isFrozen = true;
        await _cluster.FreezeAsync();
    }

    public async Task ComeBackAsync()
    {
        if (_isFrozen)
        {
            await _cluster.ThawAsync();
        }

        if (_isDown)
        {
            await _cluster.StartAgainAsync();
        }

        (_isFrozen, _isDown) = (false, false);
    }

    public Task<IReadOnlyList<KeptRow>> RowsAsync(string databaseUrl) => KeptRow.ReadAsync(_cluster, databaseUrl);

    /// <summary>Open and of no pool.</summary>
    public Task<NpgsqlConnection> OpenAsync(string databaseUrl) => _cluster.OpenAsync(databaseUrl);

    public async Task<T?> ScalarAsync<T>(string databaseUrl, string sql)
    {
        await using var connection = await _cluster.OpenAsync(databaseUrl);
        await using var query = new NpgsqlCommand(sql, connection);
        return await query.ExecuteScalarAsync() is T value ? value : default;
    }
}

[CollectionDefinition(nameof(FragileCluster))]
public sealed class OfAFragileCluster : ICollectionFixture<FragileCluster>;
