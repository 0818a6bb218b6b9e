using System.Diagnostics.Metrics;
using System.Text.Json;
using BeMore.Bench.Measuring;
using BeMore.Data;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace BeMore.Bench.Scenarios;

/// <summary>The very statement that the hub reads a session's history with, by the hub's own code, in a table that is full.</summary>
internal static class HistoryScenario
{
    private const double MostMs = 5;

    /// <summary>Turns of an ordinary session, on average.</summary>
    private const int TurnsOfSession = 50;

    /// <summary>Every twentieth turn is one of these few sessions'.</summary>
    private const int LongSessions = 5;

    public static async Task RunAsync(Stand stand, Options options, Report report)
    {
        var (rows, queries) = (options.Number("rows", 5_000_000, 20_000), options.Number("queries", 20_000, 200));
        var sessions = Math.Max(1, rows / TurnsOfSession);
        var name = $"history: {rows} turns of {sessions} sessions";
        await using var connection = await stand.OpenDatabaseAsync();
        Report.Progress($"filling the table with {rows} turns");
        await FillAsync(connection, rows, sessions);
        await CheckPlansAsync(connection, name, report);

        await using var database = NpgsqlDataSource.Create(DatabaseUrl.ToConnectionString(stand.Database));
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var store = new ConversationStore(database, new StoreTimings(services.GetRequiredService<IMeterFactory>(), TimeProvider.System, "postgresql"));
        var random = new Random(1);
        var ordinary = await MeasureAsync(() => $"ordinary-{random.Next(sessions)}", alwaysFull: false);
        var longest = await MeasureAsync(() => $"long-{random.Next(LongSessions)}", alwaysFull: true);
        report.Add(name, $"one query, ms: p50 / p99, of {queries} by random sessions", $"{ordinary.Percentile(50):0.00} / {ordinary.Percentile(99):0.00}", "p99 under 5 ms", ordinary.Percentile(99) < MostMs);
        report.Add(name, $"the same by the {LongSessions} longest, of {rows / 20 / LongSessions} turns each", $"{longest.Percentile(50):0.00} / {longest.Percentile(99):0.00}", "p99 under 5 ms", longest.Percentile(99) < MostMs);

        async Task<Samples> MeasureAsync(Func<string> session, bool alwaysFull)
        {
            var times = new Samples();
            for (var i = 0; i < queries + 100; i++)
            {
                var id = session();
                var begun = Clock.Microseconds;
                var history = await store.FindAsync(id, CancellationToken.None);
                // The first open the connection and plan the statement, as the hub does before anybody speaks.
                if (i >= 100)
                {
                    times.Add(Clock.MillisecondsSince(begun));
                }

                if (history is null || (alwaysFull && history.Turns.Count != ConversationStore.HistoryLength))
                {
                    report.Fail(name, $"the history of {id} has {history?.Turns.Count} turns");
                    break;
                }
            }

            return times;
        }
    }

    /// <summary>Turns of all sessions mixed, as they come in life: the rows of one lie far apart.</summary>
    private static async Task FillAsync(NpgsqlConnection connection, int rows, int sessions)
    {
        // Keys are not looked up, and indexes made once and not row by row: minutes instead of an hour.
        await ExecuteAsync(
            $"""
            INSERT INTO sessions (session_id, status) SELECT 'ordinary-' || i, 'active' FROM generate_series(0, {sessions - 1}) i;
            INSERT INTO sessions (session_id, status) SELECT 'long-' || i, 'active' FROM generate_series(0, {LongSessions - 1}) i;
            CREATE TEMP TABLE indexes AS
                SELECT indexname, indexdef FROM pg_indexes
                WHERE schemaname = current_schema() AND tablename = 'conversations' AND indexname LIKE 'idx\_%';
            DO $$ DECLARE one record; BEGIN FOR one IN SELECT * FROM indexes LOOP EXECUTE format('DROP INDEX %I', one.indexname); END LOOP; END $$;
            ALTER TABLE conversations DISABLE TRIGGER ALL;
            SET maintenance_work_mem = '512MB';
            """);
        await ExecuteAsync(
            $"""
            INSERT INTO conversations (turn_id, session_id, user_message, ai_response, emotion, "timestamp")
            SELECT gen_random_uuid(),
                CASE WHEN i % 20 = 0 THEN 'long-' || (i / 20) % {LongSessions} ELSE 'ordinary-' || abs(hashint4(i)) % {sessions} END,
                '요즘 일이 많아서 잠을 늦게 자요. 어떻게 쉬면 좋을까요? ' || i,
                repeat('많이 힘드셨겠어요. 조금 더 들려주세요. ', 5) || i,
                'anxious', 1700000000000 + i * 1000::bigint
            FROM generate_series(1, {rows}) i
            """);
        Report.Progress("making its indexes");
        await ExecuteAsync(
            """
            ALTER TABLE conversations ENABLE TRIGGER ALL;
            DO $$ DECLARE one record; BEGIN FOR one IN SELECT * FROM indexes LOOP EXECUTE one.indexdef; END LOOP; END $$;
            """);
        await ExecuteAsync("VACUUM ANALYZE");
        await ExecuteAsync("CHECKPOINT");

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Both plans that PostgreSQL has for a prepared statement: one for these values, and one for all.</summary>
    private static async Task CheckPlansAsync(NpgsqlConnection connection, string name, Report report)
    {
        foreach (var session in (string[])["long-0", "ordinary-0"])
        {
            foreach (var mode in (string[])["force_custom_plan", "force_generic_plan"])
            {
                await using var prepare = new NpgsqlCommand(
                    $"SET plan_cache_mode = {mode}; DEALLOCATE ALL; PREPARE history (text) AS {ConversationStore.HistorySql.Replace("@session", "$1", StringComparison.Ordinal)}", connection);
                await prepare.ExecuteNonQueryAsync();
                await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE history ('{session}')", connection);
                using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
                var root = plan.RootElement[0].GetProperty("Plan");
                var scan = Nodes(root).Single(node => Text(node, "Relation Name") == "conversations");
                var pages = root.GetProperty("Shared Hit Blocks").GetInt32() + root.GetProperty("Shared Read Blocks").GetInt32();
                if (Text(scan, "Node Type") != "Index Scan" || Text(scan, "Index Name") != "idx_conversations_history")
                {
                    report.Fail(name, $"{mode} for {session} is no index scan but {Text(scan, "Node Type")} {Text(scan, "Index Name")}");
                }
                else if (mode == "force_generic_plan")
                {
                    report.Add(name, $"plan, {(session.StartsWith("long", StringComparison.Ordinal) ? "a long session" : "an ordinary one")}", $"index scan of idx_conversations_history, {scan.GetProperty("Actual Rows").GetDouble():0} rows, {pages} pages");
                }
            }
        }
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    private static string? Text(JsonElement node, string property) =>
        node.TryGetProperty(property, out var value) ? value.GetString() : null;
}
