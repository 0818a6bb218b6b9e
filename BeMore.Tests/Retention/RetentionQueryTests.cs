using System.Text.Json;
using BeMore.Data;
using Npgsql;

namespace BeMore.Tests;

/// <summary>Looking for what is old costs what is old, however much there is that is not.</summary>
public sealed class RetentionQueryTests
{
    [Fact]
    public async Task OldTurnsAndOldSessionsAreFoundByTheirIndexes()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await TestHub.CreateDatabaseAsync();
        await using var connection = await cluster.OpenAsync(url);
        await ExecuteAsync(
            connection,
            """
            INSERT INTO sessions (session_id, created_at) SELECT 's' || i, now() - interval '60 days' * (i / 20000.0) FROM generate_series(1, 20000) i;
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at)
                SELECT 's' || (1 + i / 10), 'question ' || i, 'answer ' || i, i, now() - interval '30 days 1 hour' * (i / 199990.0) FROM generate_series(1, 199990) i;
            ANALYZE
            """);

        foreach (var (sql, index) in ((string, string)[])
            [
                (OldRecords.DeleteTurnsSql, "idx_conversations_created_at"),
                (OldRecords.DeleteUndatedTurnsSql, "idx_conversations_created_at"),
                (OldRecords.LockSessionsSql, "idx_sessions_created_at"),
            ])
        {
            var plan = await ExplainAsync(connection, sql);

            Nodes(plan).Where(n => Text(n, "Node Type") == "Seq Scan").Should().BeEmpty($"{plan}");
            Nodes(plan).Select(n => Text(n, "Index Name")).Should().Contain(index, $"{plan}");
        }
    }

    [Fact]
    public async Task APageOfAnExportCostsWhatItHoldsHoweverFarDownItIs()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await TestHub.CreateDatabaseAsync();
        await using var connection = await cluster.OpenAsync(url);
        await ExecuteAsync(
            connection,
            """
            INSERT INTO sessions (session_id) SELECT 's' || i FROM generate_series(0, 999) i;
            INSERT INTO sessions (session_id) VALUES ('long');
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp)
                SELECT CASE WHEN i % 200 = 0 THEN 'long' ELSE 's' || i % 1000 END, 'question ' || i, 'answer ' || i, i FROM generate_series(1, 200000) i;
            ANALYZE
            """);

        var plan = await ExplainAsync(connection, ConversationExport.PageSql, ("session", "long"), ("timestamp", 150_000L), ("id", 150_000), ("most", 200));

        plan.GetProperty("Actual Rows").GetDouble().Should().Be(200);
        Nodes(plan).Where(n => Text(n, "Node Type") == "Seq Scan").Should().BeEmpty($"{plan}");
        // Which of its indexes serves best is PostgreSQL's to choose. At most a page of the table for each row that is left, and some of the index.
        (plan.GetProperty("Shared Hit Blocks").GetInt32() + plan.GetProperty("Shared Read Blocks").GetInt32()).Should().BeLessThan(400, $"{plan}");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<JsonElement> ExplainAsync(NpgsqlConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", connection);
        foreach (var (name, value) in parameters is [] ? [("days", 30), ("most", 500)] : parameters)
        {
            explain.Parameters.AddWithValue(name, value);
        }

        using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
        return plan.RootElement[0].GetProperty("Plan").Clone();
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    private static string? Text(JsonElement node, string property) =>
        node.TryGetProperty(property, out var value) ? value.GetString() : null;
}
