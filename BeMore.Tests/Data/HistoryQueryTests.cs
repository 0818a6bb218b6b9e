using System.Diagnostics.Metrics;
using System.Text.Json;
using BeMore.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 4: the history is an index scan of ten rows, however long the talk and however full the table.</summary>
public sealed class HistoryQueryTests
{
    [Fact]
    public async Task TheHistoryCostsTheSameHoweverLongTheTalk()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await TestHub.CreateDatabaseAsync();
        await using var database = NpgsqlDataSource.Create(DatabaseUrl.ToConnectionString(url));
        await using var connection = await cluster.OpenAsync(url);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var timings = new StoreTimings(services.GetRequiredService<IMeterFactory>(), TimeProvider.System, "postgresql");
        await using (var fill = new NpgsqlCommand(
            """
            INSERT INTO sessions (session_id) SELECT 's' || i FROM generate_series(0, 999) i;
            INSERT INTO sessions (session_id) VALUES ('long');
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp)
                SELECT CASE WHEN i % 2 = 0 THEN 'long' ELSE 's' || i % 1000 END, 'question ' || i, 'answer ' || i, i FROM generate_series(1, 200000) i;
            ANALYZE
            """,
            connection))
        {
            await fill.ExecuteNonQueryAsync();
        }

        foreach (var (session, last) in ((string, int)[])[("long", 200_000), ("s7", 199_007)])
        {
            var history = await new ConversationStore(database, timings).FindAsync(session, CancellationToken.None);
            var plan = await ExplainAsync(connection, session);

            history!.Turns.Should().HaveCount(ConversationStore.HistoryLength);
            history.Turns[^1].UserMessage.Should().Be($"question {last}");
            // Beside the session's own row, which is one by its primary key.
            var scan = Nodes(plan).Should().ContainSingle(node => Text(node, "Relation Name") == "conversations").Subject;
            Text(scan, "Node Type").Should().Be("Index Scan");
            Text(scan, "Index Name").Should().Be("idx_conversations_history");
            scan.GetProperty("Actual Rows").GetDouble().Should().Be(ConversationStore.HistoryLength);
            // Of its pages: a few of the index, and at most one for each row.
            (plan.GetProperty("Shared Hit Blocks").GetInt32() + plan.GetProperty("Shared Read Blocks").GetInt32()).Should().BeLessThan(20, $"{plan}");
        }
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    private static string? Text(JsonElement node, string property) =>
        node.TryGetProperty(property, out var value) ? value.GetString() : null;

    private static async Task<JsonElement> ExplainAsync(NpgsqlConnection connection, string session)
    {
        await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {ConversationStore.HistorySql}", connection);
        explain.Parameters.AddWithValue("session", session);
        using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
        return plan.RootElement[0].GetProperty("Plan").Clone();
    }
}
