using Npgsql;

namespace BeMore.Tests;

public sealed class PostgresClusterTests
{
    [Fact]
    public async Task EveryDatabaseIsNewAndKeepsKoreanText()
    {
        var cluster = await PostgresCluster.Shared;
        var first = await cluster.CreateDatabaseAsync();
        await RunAsync(cluster, first, "create table words(word text); insert into words values ('안녕하세요 👋')");

        var copy = await cluster.CreateDatabaseAsync(template: first);

        (await ReadAsync(cluster, copy, "select word from words")).Should().Be("안녕하세요 👋");
        var empty = await cluster.CreateDatabaseAsync();
        (await ReadAsync(cluster, empty, "select count(*) from pg_tables where schemaname = 'public'")).Should().Be(0L);
        (await ReadAsync(cluster, empty, "show server_encoding")).Should().Be("UTF8");
    }

    [Fact]
    public async Task AnOutageEndsConnectionsAndKeepsTheData()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        var database = await cluster.CreateDatabaseAsync();
        await RunAsync(cluster, database, "create table numbers(number int); insert into numbers values (42)");
        await using var connection = await cluster.OpenAsync(database);

        await cluster.StopAsync();

        await FluentActions.Awaiting(() => ReadAsync(cluster, database, "select 1")).Should().ThrowAsync<NpgsqlException>();
        await cluster.StartAgainAsync();
        (await ReadAsync(cluster, database, "select number from numbers")).Should().Be(42);
    }

    private static async Task RunAsync(PostgresCluster cluster, string database, string sql)
    {
        await using var connection = await cluster.OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ReadAsync(PostgresCluster cluster, string database, string sql)
    {
        await using var connection = await cluster.OpenAsync(database);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
