using System.Globalization;
using BeMore.Keeping;
using BeMore.Retention;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BeMore.Tests;

/// <summary>RETENTION_DAYS: what is older than it promises is deleted, and nothing else is.</summary>
public sealed class RetentionTests
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task OldTurnsGoAFewAtATimeAndYoungOnesStayWithTheirSession()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await hub.ExecuteAsync(
            """
            INSERT INTO sessions (session_id, created_at) VALUES ('s', now() - interval '90 days');
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at)
                SELECT 's', 'old ' || i, 'a', 0, now() - interval '30 days 1 minute' FROM generate_series(1, 1200) i;
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at)
                SELECT 's', 'young ' || i, 'a', 0, now() - interval '29 days 23 hours 59 minutes' FROM generate_series(1, 3) i
            """);

        await BeginAsync(hub.App, time);
        foreach (var (statements, left) in ((int, int)[])[(1, 703), (2, 203), (3, 3)])
        {
            await time.WaitBeganAsync(RetentionJob.Pause, statements);
            (await hub.RowAsync("SELECT count(*) FROM conversations")).Should().Be($"{left}", "so many go at once");
            time.Advance(RetentionJob.Pause);
        }

        await time.WaitBeganAsync(RetentionJob.Interval);
        hub.App.Logs.Named("RecordsDeleted").Should().ContainSingle().Which.Message.Should().StartWith("1200 turns and 0 sessions of more than 30 days ago ");
        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("young 1", "young 2", "young 3");
        (await hub.RowAsync("SELECT session_id FROM sessions")).Should().Be("s", "the talk goes on");
    }

    [Fact]
    public async Task EveryHourItIsDoneAgain()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await BeginAsync(hub.App, time);
        await time.WaitBeganAsync(RetentionJob.Interval);
        await hub.ExecuteAsync(OldTurn("later"));

        time.Advance(RetentionJob.Interval);
        await time.WaitBeganAsync(RetentionJob.Pause);

        (await hub.RowAsync("SELECT count(*) FROM conversations")).Should().Be("0");
    }

    [Fact]
    public async Task WhatWasKeptCountsAndNotWhatTheClientsClockSaid()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await using (var client = await hub.ConnectAsync())
        {
            await client.RequestAsync("제 시계는 1970년이에요", timestamp: 0);
            await client.ReadTurnAsync();
            await client.CloseAsync();
        }

        await hub.ExecuteAsync(OldTurn("gone", keptAt: "now() - interval '31 days'", saidAt: "extract(epoch FROM now()) * 1000"));
        await hub.ExecuteAsync(OldTurn("undated, old", keptAt: "NULL", saidAt: "extract(epoch FROM now() - interval '31 days') * 1000"));
        await hub.ExecuteAsync(OldTurn("undated, young", keptAt: "NULL", saidAt: "extract(epoch FROM now()) * 1000"));

        await RoundAsync(hub.App, time);

        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().BeEquivalentTo("제 시계는 1970년이에요", "undated, young");
    }

    [Theory]
    // Began, ended; when its only turn was kept.
    [InlineData("'31 days'", null, null, false)]
    [InlineData("'31 days'", "'31 days'", null, false)]
    [InlineData("'90 days'", "'60 days'", "'61 days'", false)]
    [InlineData("'90 days'", null, "'2 days'", true)]
    [InlineData("'31 days'", "'29 days'", null, true)]
    [InlineData("'29 days'", null, null, true)]
    public async Task ASessionGoesWithItsLastTurnUnlessSomethingOfItIsYoung(string began, string? ended, string? kept, bool stays)
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await hub.ExecuteAsync($"INSERT INTO sessions (session_id, created_at, ended_at) VALUES ('s', now() - interval {began}, {(ended is null ? "NULL" : $"now() - interval {ended}")})");
        if (kept is not null)
        {
            await hub.ExecuteAsync($"INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) VALUES ('s', 'q', 'a', 0, now() - interval {kept})");
        }

        await RoundAsync(hub.App, time);

        (await hub.RowAsync("SELECT count(*) FROM sessions")).Should().Be(stays ? "1" : "0");
        hub.App.Services.GetRequiredService<RecentTurns>().Count.Should().Be(0, "who talks is remembered, not who has gone");
        (await hub.App.CallAsync("GET", "session/s")).Code.Should().Be(stays ? null : "SESSION_NOT_FOUND");
    }

    [Theory]
    [InlineData("ALTER TABLE sessions ADD COLUMN counselor_id text")]
    [InlineData("CREATE TABLE reports (session_id varchar(255) REFERENCES sessions ON DELETE CASCADE)")]
    [InlineData("ALTER TABLE sessions ALTER COLUMN created_at DROP DEFAULT, ALTER COLUMN created_at TYPE bigint USING 0")]
    [InlineData("", "http://127.0.0.1:9")]
    public async Task SessionsOfAnotherBackendStayAndTheirOldTurnsGo(string change, string? backend = null)
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time, new() { ["BACKEND_URL"] = backend });
        await hub.ExecuteAsync($"{OldTurn("old")}; {change}");

        await RoundAsync(hub.App, time);

        (await hub.RowAsync("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM conversations)")).Should().Be("1 0");
    }

    [Fact]
    public async Task NobodyIsTalkedOverWhoSpeaksInAnOldSessionAtThatMoment()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await hub.ExecuteAsync("INSERT INTO sessions (session_id, created_at) VALUES ('s', now() - interval '31 days')");
        await using (var connection = await hub.OpenAsync())
        {
            await using var speaking = await connection.BeginTransactionAsync();
            await using (var say = new NpgsqlCommand("INSERT INTO conversations (session_id, user_message, ai_response, timestamp) VALUES ('s', 'now', '', 0)", connection, speaking))
            {
                await say.ExecuteNonQueryAsync();
            }

            await RoundAsync(hub.App, time);
            await speaking.CommitAsync();
        }

        (await hub.RowsAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task WhoStillHasADeletedSessionOpenIsToldThatItHasExpired()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("UPDATE sessions SET created_at = now() - interval '31 days'");

        await RoundAsync(hub.App, time);

        (await client.TurnAsync("아직 계세요?"))[^1].Code.Should().Be("SESSION_EXPIRED");
    }

    [Fact]
    public async Task SeveralHubsDeleteEachTurnOnceAndDoNotHarmEachOther()
    {
        var time = new ObservedTime();
        await using var one = await StartAsync(time);
        await using var two = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["RETENTION_DAYS"] = "30", ["DATABASE_URL"] = one.DatabaseUrl }, time: time);
        await one.ExecuteAsync(
            """
            INSERT INTO sessions (session_id, created_at) SELECT 's' || i, now() - interval '40 days' FROM generate_series(1, 700) i;
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at)
                SELECT 's' || (1 + i % 700), 'q', 'a', 0, now() - interval '35 days' FROM generate_series(1, 4000) i
            """);

        await Task.WhenAll(RoundAsync(one.App, time), RoundAsync(two, time));

        (await one.RowAsync("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM conversations)")).Should().Be("0 0");
        BeMoreApplication[] hubs = [one.App, two];
        hubs.Sum(h => Deleted(h, "Turns")).Should().Be(4000);
        hubs.Sum(h => Deleted(h, "Sessions")).Should().Be(700);
        hubs.SelectMany(h => h.Logs.Entries).Where(e => e.Level >= LogLevel.Warning && e.Category.StartsWith("BeMore.Retention", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public async Task TheEmbeddedDatabaseForgetsTheSame()
    {
        var folder = Directory.CreateTempSubdirectory("bemore-sqlite-").FullName;
        try
        {
            var time = new ObservedTime();
            var file = Path.Combine(folder, "talks.db");
            await using var app = await BeMoreApplication.StartAsync(
                settings: new Dictionary<string, string?> { ["SQLITE_FILE"] = file, ["RETENTION_DAYS"] = "30" }, time: time);
            await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                """
                INSERT INTO sessions (session_id, created_at) VALUES ('gone', datetime('now', '-31 days')), ('old', datetime('now', '-31 days')), ('young', datetime('now'));
                WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)
                    INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) SELECT 'gone', 'q', 'a', 0, datetime('now', '-30 days', '-1 minute') FROM n;
                INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) VALUES ('old', 'q', 'a', 0, datetime('now', '-29 days'))
                """;
            await command.ExecuteNonQueryAsync();

            await RoundAsync(app, time);

            command.CommandText = "SELECT (SELECT group_concat(session_id ORDER BY session_id) FROM sessions) || ' ' || (SELECT group_concat(session_id) FROM conversations)";
            (await command.ExecuteScalarAsync()).Should().Be("old,young old");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task WithoutASettingNothingIsDeletedByAge()
    {
        var time = new ObservedTime();
        await using var hub = await TestHub.StartAsync(time: time);
        await hub.ExecuteAsync(OldTurn("old"));

        time.Advance(LongestDelay + RetentionJob.Interval);
        await using var client = await hub.ConnectAsync("other");
        (await client.TurnAsync("안녕하세요"))[^1].Type.Should().Be(Frame.Complete);

        (await hub.RowAsync("SELECT count(*) FROM conversations WHERE user_message = 'old'")).Should().Be("1");
        hub.App.Logs.Named("RetentionIsOn").Should().BeEmpty();
    }

    private static string OldTurn(string message, string keptAt = "now() - interval '31 days'", string saidAt = "0") =>
        $"""
        INSERT INTO sessions (session_id, created_at) VALUES ('old', now() - interval '40 days') ON CONFLICT DO NOTHING;
        INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) VALUES ('old', '{message}', 'a', {saidAt}, {keptAt})
        """;

    private static Task<TestHub> StartAsync(ObservedTime time, Dictionary<string, string?>? settings = null) =>
        TestHub.StartAsync(new(settings ?? []) { ["RETENTION_DAYS"] = "30" }, time);

    private static async Task BeginAsync(BeMoreApplication app, ObservedTime time)
    {
        await app.Logs.WaitForAsync(e => e.Event.Name == "RetentionIsOn");
        time.Advance(LongestDelay);
    }

    /// <summary>The first round, to its end: the clock goes on over each of its pauses.</summary>
    private static async Task RoundAsync(BeMoreApplication app, ObservedTime time)
    {
        await BeginAsync(app, time);
        var ended = app.Logs.WaitForAsync(e => e.Event.Name == "RecordsDeleted", TimeSpan.FromSeconds(30));
        while (await Task.WhenAny(ended, Task.Delay(20)) != ended)
        {
            time.Advance(RetentionJob.Pause);
        }

        await ended;
    }

    private static int Deleted(BeMoreApplication app, string what) =>
        app.Logs.Named("RecordsDeleted").Sum(e => int.Parse(e.Value(what)!, CultureInfo.InvariantCulture));
}
