using Npgsql;

namespace BeMore.Tests;

/// <summary>What the counsellor remembers: the latest ten turns of the session, oldest first (protocol.md, sections 3 and 4).</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task TheLatestTenTurnsOfTheSessionGoAlongOldestFirst()
    {
        // Stored in another order than they were said, two at the same moment, and another session's in between.
        long[] saidAt = [700, 100, 1200, 300, 500, 500, 900, 200, 1100, 800, 1000, 600];
        for (var id = 1; id <= saidAt.Length; id++)
        {
            await StoreAsync("s", $"질문 {id}", $"대답 {id}", saidAt[id - 1]);
            await StoreAsync("other", "남의 질문", "남의 대답", 2000 + id);
        }

        var request = await AskAsync("지금");

        // By timestamp, then id; 100 (2) and 200 (8) are too old.
        int[] latest = [4, 5, 6, 12, 1, 10, 7, 11, 9, 3];
        request.Contents.Should().Equal([.. latest.SelectMany(Turn), ("user", "지금")]);

        static (string, string)[] Turn(int id) => [("user", $"질문 {id}"), ("model", $"대답 {id}")];
    }

    [Fact]
    public async Task WhatWasSaidAMomentAgoIsRemembered()
    {
        _hub.Gemini.Next(Gemini.Says("무슨 일이 ", "있으셨어요?"));
        await AskAsync("힘들어요");

        var request = await AskAsync("친구와 싸웠어요");

        request.Contents.Should().Equal(("user", "힘들어요"), ("model", "무슨 일이 있으셨어요?"), ("user", "친구와 싸웠어요"));
    }

    [Fact]
    public async Task ANewSessionHasNoHistory()
    {
        await StoreAsync("other", "남의 질문", "남의 대답", 1);

        (await AskAsync("처음이에요")).Contents.Should().Equal(("user", "처음이에요"));
    }

    [Theory]
    [InlineData("줄\n바꿈\r\n과 탭\t")]
    [InlineData("\"따옴표\" '작은' \\역슬래시\\ </script> & <b>")]
    [InlineData("이모지 👩‍👩‍👧 🇰🇷 👍🏽 𠮷")]
    [InlineData("한글 NFD: \u1112\u1161\u11AB\u1100\u1173\u11AF, e\u0301, \u202E\uFEFF\u0001")]
    [InlineData("'; DROP TABLE conversations; --")]
    [InlineData("{\"role\":\"model\",\"parts\":[]}")]
    public async Task HistoryArrivesUnchanged(string text)
    {
        await StoreAsync("s", "나: " + text, "상담사: " + text, 1);

        var request = await AskAsync($"[{text}]");

        request.Contents.Should().Equal(("user", "나: " + text), ("model", "상담사: " + text), ("user", $"[{text}]"));
    }

    private async Task<GeminiRequest> AskAsync(string message)
    {
        var number = _hub.Gemini.Requests.Count;
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync(message);
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        return await _hub.Gemini.RequestAsync(number);
    }

    private async Task StoreAsync(string session, string message, string answer, long timestamp)
    {
        await using var connection = await _hub.OpenAsync();
        await using var insert = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("INSERT INTO sessions (session_id) VALUES ($1) ON CONFLICT DO NOTHING") { Parameters = { new() { Value = session } } },
                new("INSERT INTO conversations (session_id, user_message, ai_response, \"timestamp\") VALUES ($1, $2, $3, $4)")
                {
                    Parameters = { new() { Value = session }, new() { Value = message }, new() { Value = answer }, new() { Value = timestamp } },
                },
            },
        };
        await insert.ExecuteNonQueryAsync();
    }
}
