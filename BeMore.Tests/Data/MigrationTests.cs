using BeMore.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 4: what the migrations make of an empty database, and of one that holds somebody's tables.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task AnEmptyDatabaseGetsTheTablesOfTheContract()
    {
        var url = await MigratedAsync();

        (await RowsAsync(url, ColumnsOf("conversations"))).Should().Equal(
            "id integer NO nextval('conversations_id_seq'::regclass)",
            "session_id character varying(255) NO ",
            "user_message text NO ",
            "ai_response text NO ",
            "emotion character varying(50) YES ",
            "timestamp bigint NO ",
            "created_at timestamp with time zone YES now()",
            "turn_id uuid YES ",
            "outcome character varying(20) NO 'answered'::character varying");
        (await RowsAsync(url, ColumnsOf("sessions"))).Should().Equal(
            "session_id character varying(255) NO ",
            "user_id character varying(255) YES ",
            "status character varying(50) YES ",
            "created_at timestamp with time zone YES now()",
            "ended_at timestamp with time zone YES ");
        (await RowsAsync(url, "SELECT pg_get_serial_sequence('conversations', 'id')")).Should().Equal("public.conversations_id_seq");
        (await RowsAsync(url, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'conversations'::regclass AND contype IN ('p', 'f') ORDER BY contype DESC"))
            .Should().Equal("PRIMARY KEY (id)", "FOREIGN KEY (session_id) REFERENCES sessions(session_id) ON DELETE CASCADE");
        (await RowsAsync(url, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'sessions'::regclass AND contype = 'p'"))
            .Should().Equal("PRIMARY KEY (session_id)");
    }

    [Fact]
    public async Task TheIndexesAreThoseOfTheContractAndWhatHistoryTurnsAndRetentionNeed()
    {
        var url = await MigratedAsync();

        (await RowsAsync(url, "SELECT indexdef FROM pg_indexes WHERE tablename = 'sessions' AND indexname LIKE 'idx%'")).Should().Equal(
            "CREATE INDEX idx_sessions_created_at ON public.sessions USING btree (created_at)");
        (await RowsAsync(url, "SELECT indexdef FROM pg_indexes WHERE tablename = 'conversations' AND indexname LIKE 'idx%' ORDER BY indexname")).Should().Equal(
            "CREATE INDEX idx_conversations_created_at ON public.conversations USING btree (created_at DESC)",
            "CREATE INDEX idx_conversations_history ON public.conversations USING btree (session_id, \"timestamp\" DESC, id DESC)",
            "CREATE INDEX idx_conversations_session ON public.conversations USING btree (session_id)",
            "CREATE INDEX idx_conversations_timestamp ON public.conversations USING btree (\"timestamp\" DESC)",
            "CREATE UNIQUE INDEX idx_conversations_turn ON public.conversations USING btree (turn_id)");
    }

    [Fact]
    public async Task TheFunctionGivesTheLatestTenOldestFirst()
    {
        var url = await MigratedAsync();
        await RowsAsync(
            url,
            """
            INSERT INTO sessions (session_id) VALUES ('s'), ('other');
            INSERT INTO conversations (session_id, user_message, ai_response, emotion, timestamp)
                SELECT 's', 'q' || i, 'a' || i, 'sad', i / 2 FROM generate_series(1, 15) i;
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp) VALUES ('s', 'late, but said long ago', '', 0), ('other', 'x', 'x', 99)
            """);

        (await RowsAsync(url, "SELECT user_message, ai_response, emotion, timestamp FROM get_recent_conversations('s')"))
            .Should().Equal(Enumerable.Range(6, 10).Select(i => $"q{i} a{i} sad {i / 2}"));
        (await RowsAsync(url, "SELECT * FROM get_recent_conversations('nobody')")).Should().BeEmpty();
        (await RowsAsync(url, "SELECT pg_get_function_arguments(oid) || ' -> ' || pg_get_function_result(oid) FROM pg_proc WHERE proname = 'get_recent_conversations'"))
            .Should().Equal("p_session_id character varying -> TABLE(user_message text, ai_response text, emotion character varying, \"timestamp\" bigint)");
    }

    [Theory]
    [InlineData(
        "CREATE TABLE sessions (session_id varchar(255) PRIMARY KEY, created_at timestamptz DEFAULT now())")]
    [InlineData(
        "CREATE TABLE sessions (session_id varchar(255) PRIMARY KEY)")]
    [InlineData(
        "CREATE TABLE sessions (session_id varchar(255) PRIMARY KEY, user_id integer NOT NULL DEFAULT 7, counselor_id text DEFAULT 'ai', status text NOT NULL DEFAULT 'active', started_at timestamp DEFAULT now(), created_at timestamp DEFAULT now(), ended_at timestamp, extra jsonb DEFAULT '{\"a\":1}')")]
    [InlineData(
        "CREATE TABLE sessions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), session_id varchar(255) UNIQUE NOT NULL, status varchar(20) CHECK (status IN ('active', 'paused', 'ended')))")]
    public async Task TheOwnersSessionsStayAsTheyAreAndTakeTurns(string sessions)
    {
        var url = await DatabaseAsync($"{sessions}; INSERT INTO sessions (session_id) VALUES ('theirs')");
        var columns = await RowsAsync(url, ColumnsOf("sessions"));
        var row = (await RowsAsync(url, "SELECT to_jsonb(sessions) FROM sessions")).Single();

        await MigrateAsync(url);

        (await RowsAsync(url, ColumnsOf("sessions")))[..columns.Count].Should().Equal(columns);
        (await RowsAsync(url, "SELECT to_jsonb(sessions) @> '" + row.Replace("'", "''", StringComparison.Ordinal) + "' FROM sessions")).Should().Equal("True");
        await using var hub = await TestHub.StartAsync(new() { ["DATABASE_URL"] = url, ["UNKNOWN_SESSIONS"] = "create" }, environment: "Production");
        foreach (var session in (string[])["theirs", "ours"])
        {
            await using var client = await hub.ConnectAsync(session);
            await client.RequestAsync("안녕하세요");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
            (await hub.TurnsAsync(session)).Should().ContainSingle();
        }
    }

    [Fact]
    public async Task TurnsThatWereThereBeforeAreKeptAndAreHistory()
    {
        var url = await DatabaseAsync(
            """
            CREATE TABLE sessions (session_id varchar(255) PRIMARY KEY, created_at timestamptz DEFAULT now());
            CREATE TABLE conversations (
                id SERIAL PRIMARY KEY,
                session_id VARCHAR(255) NOT NULL REFERENCES sessions(session_id) ON DELETE CASCADE,
                user_message TEXT NOT NULL, ai_response TEXT NOT NULL, emotion VARCHAR(50), timestamp BIGINT NOT NULL,
                created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW());
            CREATE INDEX idx_conversations_session ON conversations(session_id);
            CREATE FUNCTION get_recent_conversations(p_session_id VARCHAR) RETURNS TABLE (user_message TEXT, ai_response TEXT, emotion VARCHAR, "timestamp" BIGINT)
                LANGUAGE sql AS 'SELECT c.user_message, c.ai_response, c.emotion, c.timestamp FROM conversations c WHERE false';
            INSERT INTO sessions VALUES ('s');
            INSERT INTO conversations (session_id, user_message, ai_response, timestamp) VALUES ('s', '예전 질문', '예전 대답', 5)
            """);

        await MigrateAsync(url);

        await using var hub = await TestHub.StartAsync(new() { ["DATABASE_URL"] = url });
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("새 질문");
        await client.ReadTurnAsync();
        hub.Gemini.Requests.Single().Contents.Select(c => c.Text).Should().Equal("예전 질문", "예전 대답", "새 질문");
        (await RowsAsync(url, "SELECT user_message FROM get_recent_conversations('s')")).Should().Equal("예전 질문", "새 질문");
        (await RowsAsync(url, "SELECT count(*) FROM pg_indexes WHERE tablename = 'conversations' AND indexname LIKE 'idx%'")).Should().Equal("5");
    }

    [Fact]
    public async Task TwiceIsSafeAndSoAreManyAtOnce()
    {
        var url = await DatabaseAsync("SELECT 1");

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => MigrateAsync(url)));
        await RowsAsync(url, "INSERT INTO sessions (session_id) VALUES ('s')");
        await MigrateAsync(url);

        (await RowsAsync(url, "SELECT session_id FROM sessions")).Should().Equal("s");
        await using var db = Context(url);
        (await db.Database.GetPendingMigrationsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatIsTakenBackIsThisProductsAlone()
    {
        var url = await MigratedAsync();
        await RowsAsync(url, "INSERT INTO sessions (session_id) VALUES ('s')");
        await using var db = Context(url);

        await db.Database.MigrateAsync("0");

        (await RowsAsync(url, "SELECT session_id FROM sessions")).Should().Equal("s");
        (await RowsAsync(url, "SELECT to_regclass('conversations') IS NULL")).Should().Equal("True");
        await db.Database.MigrateAsync();
    }

    [Fact]
    public async Task TheModelHasNoChangesThatNoMigrationMakes()
    {
        await using var db = Context(await MigratedAsync());

        db.Database.HasPendingModelChanges().Should().BeFalse();
    }

    [Fact]
    public async Task TheCommandOfTheContractMigrates()
    {
        var url = await DatabaseAsync("SELECT 1");

        var (exitCode, output) = await DotnetEf.RunAsync(url, "database", "update", "--project", "Migrations");

        exitCode.Should().Be(0, output);
        (await RowsAsync(url, "SELECT count(*) FROM conversations")).Should().Equal("0");
    }

    private static string ColumnsOf(string table) =>
        $"""
        SELECT column_name, data_type || coalesce('(' || character_maximum_length || ')', ''), is_nullable, column_default
        FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position
        """;

    private static async Task<string> MigratedAsync()
    {
        var url = await DatabaseAsync("SELECT 1");
        await MigrateAsync(url);
        return url;
    }

    private static async Task<string> DatabaseAsync(string sql)
    {
        var url = await (await PostgresCluster.Shared).CreateDatabaseAsync();
        await RowsAsync(url, sql);
        return url;
    }

    private static async Task MigrateAsync(string url)
    {
        await using var db = Context(url);
        await db.Database.MigrateAsync();
    }

    private static BeMoreDbContext Context(string url)
    {
        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        options.UseBeMorePostgres(new NpgsqlConnectionStringBuilder(DatabaseUrl.ToConnectionString(url)) { Pooling = false }.ConnectionString);
        return new BeMoreDbContext(options.Options);
    }

    /// <summary>A row's values, with a space between them.</summary>
    private static async Task<List<string>> RowsAsync(string url, string sql)
    {
        await using var connection = await (await PostgresCluster.Shared).OpenAsync(url);
        await using var query = new NpgsqlCommand(sql, connection);
        await using var reader = await query.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        }

        return rows;
    }
}
