using Microsoft.Data.Sqlite;

namespace BeMore.Tests;

/// <summary>protocol.md, section 5: without DATABASE_URL, Development runs on an embedded file.</summary>
public sealed class EmbeddedDatabaseTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-sqlite-").FullName;
    private FakeGemini _gemini = null!;

    public async Task InitializeAsync() => _gemini = await FakeGemini.StartAsync();

    public async Task DisposeAsync()
    {
        await _gemini.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ItSurvivesARestartWithItsHistory()
    {
        await using (var first = await StartAsync())
        {
            await AskAsync(first, "s", "첫 질문");
            await first.StopAsync();
        }

        await using var second = await StartAsync();
        await AskAsync(second, "s", "둘째 질문");

        _gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("첫 질문", "그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?", "둘째 질문");
    }

    [Fact]
    public async Task TheHistoryIsTheLatestTenTurns()
    {
        await using var app = await StartAsync();

        for (var i = 1; i <= 12; i++)
        {
            await AskAsync(app, "s", $"{i}");
        }

        _gemini.Requests[^1].Contents.Where(c => c.Role == "user").Select(c => c.Text).Should().Equal(Enumerable.Range(2, 11).Select(i => $"{i}"));
    }

    [Fact]
    public async Task AnErasedSessionTakesItsTurnsWithIt()
    {
        await using var app = await StartAsync();
        await AskAsync(app, "s", "지워 주세요");
        await AskAsync(app, "other", "남겨 주세요");

        await ExecuteAsync("DELETE FROM sessions WHERE session_id = 's'");

        (await ExecuteAsync("SELECT group_concat(session_id) FROM conversations")).Should().Be("other");
    }

    [Fact]
    public async Task ASessionThatIsErasedInMidAnswerHasExpired()
    {
        var gate = new TaskCompletionSource();
        _gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await using var app = await StartAsync();
        await using var client = await app.ConnectAsync("s");
        await client.RequestAsync("지워 주세요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await ExecuteAsync("DELETE FROM sessions");
        gate.SetResult();

        (await client.ReadTurnAsync())[^1].Code.Should().Be("SESSION_EXPIRED");
    }

    [Fact]
    public async Task ManyMayTalkAtOnce()
    {
        await using var app = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => AskAsync(app, $"s{i}", "안녕하세요")));

        (await ExecuteAsync("SELECT count(DISTINCT session_id) FROM conversations")).Should().Be(20L);
    }

    [Fact]
    public async Task WhatIsStoredIsWhatWasSaid()
    {
        await using var app = await StartAsync();
        await using var client = await app.ConnectAsync("s");

        await client.RequestAsync("  힘들어요 😀 ", "Excited", 0);
        await client.ReadTurnAsync();

        (await ExecuteAsync("SELECT user_message || '|' || emotion || '|' || timestamp FROM conversations")).Should().Be("힘들어요 😀|surprised|0");
    }

    private Task<BeMoreApplication> StartAsync() => BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
    {
        ["SQLITE_FILE"] = Path.Combine(_folder, "talks.db"),
        ["GEMINI_BASE_URL"] = _gemini.BaseUrl,
        ["GEMINI_API_KEY"] = "key",
        ["STREAM_CHUNK_INTERVAL_MS"] = "0",
        ["MAX_AI_REQUESTS_PER_MINUTE"] = "100",
    });

    private static async Task AskAsync(BeMoreApplication app, string session, string message)
    {
        await using var client = await app.ConnectAsync(session);
        await client.RequestAsync(message);
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await client.CloseAsync();
    }

    private async Task<object?> ExecuteAsync(string sql)
    {
        var file = new SqliteConnectionStringBuilder { DataSource = Path.Combine(_folder, "talks.db"), ForeignKeys = true, Pooling = false };
        await using var connection = new SqliteConnection(file.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is the test's own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
