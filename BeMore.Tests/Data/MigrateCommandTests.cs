namespace BeMore.Tests;

/// <summary>The step before every new version, as a deployment runs it: <c>BeMore.Hub migrate</c>.</summary>
public sealed class MigrateCommandTests
{
    [Fact]
    public async Task TwoAtOnceAreSafeAndAgainDoesNothing()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await cluster.CreateDatabaseAsync();

        await using (var one = Migrate(url))
        await using (var two = Migrate(url))
        {
            (await one.WaitForExitAsync(), await two.WaitForExitAsync()).Should().Be((0, 0), "they said:\n{0}\n{1}", one.Output, two.Output);
        }

        await using var hub = await TestHub.StartAsync(new() { ["DATABASE_URL"] = url }, environment: "Production");
        var session = await hub.App.StartSessionAsync();
        await using var client = await hub.ConnectAsync(session);
        (await client.TurnAsync("안녕하세요"))[^1].Type.Should().Be(Frame.Complete);
        var before = await hub.RowAsync(Schema);

        // While somebody talks, as a deploy does it.
        await using (var again = Migrate(url))
        {
            (await again.WaitForExitAsync()).Should().Be(0, again.Output);
        }

        (await hub.RowAsync(Schema)).Should().Be(before);
        (await client.TurnAsync("아직 계세요?"))[^1].Type.Should().Be(Frame.Complete);
        (await hub.RowsAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task TheVersionBeforeWorksOnTheNewTablesForAsLongAsBothRun()
    {
        await using var hub = await TestHub.StartAsync();
        // What it writes: it knows neither turn_id nor outcome.
        await hub.ExecuteAsync(
            """
            INSERT INTO sessions (session_id, status) VALUES ('s', 'active');
            INSERT INTO conversations (session_id, user_message, ai_response, emotion, timestamp) VALUES ('s', '예전 판에 한 말', '예전 판의 답', NULL, 1)
            """);

        await using var client = await hub.ConnectAsync();
        await client.TurnAsync("새 판에 한 말");

        hub.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("예전 판에 한 말", "예전 판의 답", "새 판에 한 말");
    }

    private const string Schema =
        """
        SELECT (SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, ordinal_position) FROM information_schema.columns WHERE table_schema = 'public'),
               (SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'),
               (SELECT count(*) FROM "__EFMigrationsHistory")
        """;

    /// <summary>It needs nothing but the database: no key, no port.</summary>
    private static HubProcess Migrate(string url) => HubProcess.Start(new Dictionary<string, string?> { ["DATABASE_URL"] = url }, null, "migrate");
}
