using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>A fresh checkout: no key, no database. It talks, keeps what was said, and says what it is.</summary>
public sealed class DemoCounsellorTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bemore-demo-");
    private BeMoreApplication _app = null!;

    public async Task InitializeAsync() => _app = await StartAsync();

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        // The pool would keep the file open, which some systems do not let one delete then.
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task TheFirstAnswerSaysThatItIsADemoAndTheSecondDoesNot()
    {
        await using var client = await _app.ConnectAsync("s");

        var first = await AskAsync(client, "안녕하세요", "sad");
        var second = await AskAsync(client, "그게 다예요?", "sad");

        first.Should().Contain("실제 AI가 아니라").And.Contain("데모");
        second.Should().NotContain("데모").And.NotBe(first).And.NotBeEmpty();
    }

    [Fact]
    public async Task ItSaysWhatTheReadmeShows()
    {
        var shown = new Document("README.md").Blocks.Where(block => block.Language == "json").Select(block => block.Text).ToList();
        await using var client = await _app.ConnectAsync("s");

        await client.SendAsync(shown[0]);
        var frames = await client.ReadTurnAsync();

        var parts = shown[1].Split("…\n");
        frames.Select(frame => frame.Raw).Should().StartWith(Frames(parts[0])).And.EndWith(Frames(parts[1]));

        static string[] Frames(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task EachPersonIsToldInTheirFirstAnswer()
    {
        await using var one = await _app.ConnectAsync("one");
        await using var two = await _app.ConnectAsync("two");

        var answers = await Task.WhenAll(AskAsync(one, "안녕하세요", null), AskAsync(two, "안녕하세요", null));

        answers.Should().OnlyContain(answer => answer.Contains("데모", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheAnswerDependsOnTheEmotion()
    {
        string?[] emotions = ["happy", "sad", "angry", "anxious", "surprised", "disgusted", "fearful", "neutral", null];
        var answers = await Task.WhenAll(emotions.Select(async emotion =>
        {
            await using var client = await _app.ConnectAsync(emotion ?? "none");
            return await AskAsync(client, "안녕하세요", emotion);
        }));

        answers.SkipLast(1).Should().OnlyHaveUniqueItems();
        answers[^1].Should().Be(answers[^2], "no emotion is met as a neutral one");
    }

    [Fact]
    public async Task ItsAnswerIsStreamedInPiecesAndStored()
    {
        await using var client = await _app.ConnectAsync("s");

        await client.RequestAsync("  안녕하세요 ", "anxious", 1704902400000);
        var frames = await client.ReadTurnAsync();

        var types = frames.Types();
        types[0].Should().Be(Frame.Begin);
        types[^1].Should().Be(Frame.Complete);
        types.Skip(1).SkipLast(1).Should().OnlyContain(type => type == Frame.ChunkType).And.HaveCountGreaterThan(5);
        (await StoredAsync()).Should().Equal(new StoredTurn("안녕하세요", frames.Text(), "anxious", 1704902400000));
    }

    [Fact]
    public async Task WhatWasSaidSurvivesARestart()
    {
        await using (var client = await _app.ConnectAsync("s"))
        {
            (await AskAsync(client, "안녕하세요", null)).Should().Contain("데모");
        }

        await _app.DisposeAsync();
        _app = await StartAsync();

        await using var again = await _app.ConnectAsync("s");
        (await AskAsync(again, "다시 왔어요", null)).Should().NotContain("데모", "this person was told");
        (await StoredAsync()).Should().HaveCount(2);
    }

    [Fact]
    public async Task CancellingEndsADemoAnswerToo()
    {
        await using var client = await _app.ConnectAsync("s");
        await client.RequestAsync("안녕하세요");
        await client.ReadUntilAsync(frame => frame.Type == Frame.ChunkType);

        await client.CancelAsync();
        await client.ReadTurnAsync();

        var said = client.Received.Text();
        client.Received[^1].Type.Should().Be(Frame.Complete);
        said.Should().NotEndWith("?", "every demo answer ends with a question");
        (await StoredAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(said);
    }

    [Fact]
    public async Task HealthAndTheLogSaySo()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        using var health = JsonDocument.Parse(await http.GetStringAsync(new Uri(_app.Http, "health")));

        health.RootElement.GetProperty("status").GetString().Should().Be("ok");
        health.RootElement.GetProperty("model").GetString().Should().Contain("demo counsellor").And.Contain("GEMINI_API_KEY");
        health.RootElement.GetProperty("database").GetString().Should().Contain("embedded").And.Contain("SQLite");
        var demo = _app.Logs.Named("DemoCounsellor").Should().ContainSingle().Subject;
        demo.Level.Should().Be(LogLevel.Warning);
        demo.Message.Should().Contain("GEMINI_API_KEY");
        _app.Logs.Named("EmbeddedDatabase").Should().ContainSingle().Which.Value("File").Should().Be(DatabaseFile);
    }

    private string DatabaseFile => Path.Combine(_folder.FullName, "bemore.db");

    private Task<BeMoreApplication> StartAsync() => BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
    {
        ["DATABASE_URL"] = null,
        ["SQLITE_FILE"] = DatabaseFile,
        ["GEMINI_API_KEY"] = null,
    });

    private static async Task<string> AskAsync(RawSocketClient client, string message, string? emotion)
    {
        await client.RequestAsync(message, emotion);
        var frames = await client.ReadTurnAsync();
        frames[^1].Type.Should().Be(Frame.Complete);
        return frames.Text();
    }

    private async Task<IReadOnlyList<StoredTurn>> StoredAsync()
    {
        await using var connection = new SqliteConnection($"Data Source={DatabaseFile}");
        await connection.OpenAsync();
        await using var query = connection.CreateCommand();
        query.CommandText = "SELECT user_message, ai_response, emotion, timestamp FROM conversations ORDER BY id";
        var turns = new List<StoredTurn>();
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            turns.Add(new StoredTurn(rows.GetString(0), rows.GetString(1), await rows.IsDBNullAsync(2) ? null : rows.GetString(2), rows.GetInt64(3)));
        }

        return turns;
    }
}
