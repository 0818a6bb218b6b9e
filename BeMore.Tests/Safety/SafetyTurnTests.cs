namespace BeMore.Tests;

/// <summary>Somebody in danger is told where help is, before the model has spoken, in words that are kept.</summary>
public sealed class SafetyTurnTests : IAsyncLifetime
{
    private const string Active = "요즘 계속 죽고 싶다는 생각만 들어요";
    private const string Imminent = "지금 옥상 난간에 서 있어요 이제 뛰어내릴 거예요";
    private const string Passive = "제가 없어져도 아무도 모를 것 같아요 그냥 사라지고 싶어요";
    private const string Violence = "아버지가 술만 마시면 저를 때려요";
    private const string Harmless = "배고파 죽겠어요 점심 뭐 먹을까요";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task HelpComesBeforeTheModelHasSpokenAndIsKeptWithItsAnswer()
    {
        _hub.Gemini.Next(Gemini.WaitsFor(_gate.Task).Says("말해 주셔서 고마워요. ", "지금 안전하신가요?"));
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync(Active);
        var frames = new List<Frame> { await client.NextAsync(), await client.NextAsync() };
        frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType);
        frames[1].Chunk.Should().Contain("109").And.Contain("1577-0199", "lines are busy: there are two routes").And.Contain("일공구", "it is spoken aloud");
        _gate.SetResult();
        frames.AddRange(await client.ReadTurnAsync());

        frames[^1].Type.Should().Be(Frame.Complete);
        frames.Text().Should().EndWith("말해 주셔서 고마워요. 지금 안전하신가요?");
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(frames.Text());
    }

    [Fact]
    public async Task InImmediateDangerTheRescueServicesComeFirst()
    {
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync(Imminent);
        var help = (await client.ReadTurnAsync())[1].Chunk!;

        var (rescue, police, line) = (help.IndexOf("119", StringComparison.Ordinal), help.IndexOf("112", StringComparison.Ordinal), help.IndexOf("109", StringComparison.Ordinal));
        rescue.Should().BePositive();
        police.Should().BePositive();
        line.Should().BeGreaterThan(rescue).And.BeGreaterThan(police);
    }

    [Theory]
    [InlineData(Passive)]
    [InlineData(Violence)]
    [InlineData(Harmless)]
    public async Task BelowThatTheModelAnswersAlone(string message)
    {
        await using var client = await _hub.ConnectAsync();

        await client.RequestAsync(message);

        (await client.ReadTurnAsync()).Text().Should().Be("그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?");
    }

    [Fact]
    public async Task TheSameWordsAreNotSaidTwiceInARow()
    {
        await using var client = await _hub.ConnectAsync();
        var said = new List<string>();
        for (var turn = 0; turn < 4; turn++)
        {
            await client.RequestAsync(Active);
            said.Add((await client.ReadTurnAsync())[1].Chunk!);
        }

        said.Should().OnlyHaveUniqueItems();
        said.Should().OnlyContain(help => help.Contains("109") && help.Contains("1577-0199"));
    }

    [Fact]
    public async Task TheModelIsToldTheLevelAndTheSessionRemembersIt()
    {
        await using var client = await _hub.ConnectAsync();
        foreach (var message in (string[])["안녕하세요", Passive, Active, "네 그냥 그래요"])
        {
            await client.RequestAsync(message);
            await client.ReadTurnAsync();
        }

        var systems = _hub.Gemini.Requests.Select(r => r.SystemInstruction!).ToList();
        systems[0].Should().NotContain("[안전]");
        systems[1].Should().Contain("자살을 생각하는지 한 번만").And.Contain("'극단적 선택' 같은 표현은 쓰지 마세요");
        systems[2].Should().Contain("죽고 싶은 마음이나 자해").And.Contain("방금 화면과 음성으로 안내되었습니다");
        systems[3].Should().Contain("죽고 싶은 마음이나 자해", "what was said a moment ago is not over").And.NotContain("방금 화면과 음성으로");
        _hub.Gemini.Requests[3].Contents[^2].Text.Should().Contain("109", "the model knows what was said in its name");
    }

    [Fact]
    public async Task WhatWasSaidBeforeARestartIsNotForgotten()
    {
        // As another process left it.
        await _hub.ExecuteAsync($"""
            INSERT INTO sessions (session_id) VALUES ('s'), ('calm');
            INSERT INTO conversations (session_id, user_message, ai_response, "timestamp")
            VALUES ('s', '{Active}', '말해 주셔서 고마워요.', 1), ('s', '네', '네.', 2), ('calm', '안녕하세요', '네.', 1)
            """);

        foreach (var session in (string[])["s", "calm"])
        {
            await using var client = await _hub.ConnectAsync(session);
            await client.RequestAsync("다시 왔어요");
            await client.ReadTurnAsync();
        }

        _hub.Gemini.Requests[0].SystemInstruction.Should().Contain("죽고 싶은 마음이나 자해");
        _hub.Gemini.Requests[1].SystemInstruction.Should().NotContain("[안전]");
    }

    [Fact]
    public async Task HelpDoesNotWaitBehindAnAnswer()
    {
        _hub.Gemini.Next(Gemini.Begins("천천히 ").WaitsFor(_gate.Task).Says("이야기해 볼까요."));
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("오늘 있었던 일을 길게 말할게요");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await client.RequestAsync(Active);

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete, "what was said of the first is kept");
        (await client.ReadTurnAsync())[1].Chunk.Should().Contain("109");
    }

    [Fact]
    public async Task ASignalRClientIsToldTheSame()
    {
        await using var connection = await _hub.SignalRAsync();

        var frames = await connection.RequestAsync("s", new { message = Active }).ReadAsync();

        frames.Types().Take(2).Should().Equal(Frame.Begin, Frame.ChunkType);
        frames[1].Chunk.Should().Contain("109");
        frames[^1].Type.Should().Be(Frame.Complete);
    }
}
