namespace BeMore.Tests;

/// <summary>What the model is told when there are signs of danger, level by level: each line that a clinician would look for.</summary>
public sealed class SafetyPromptTests(SafetyPromptTests.Prompts prompts) : IClassFixture<SafetyPromptTests.Prompts>
{
    private static readonly Dictionary<string, string> Messages = new()
    {
        ["imminent"] = "지금 옥상 난간에 서 있어요 이제 뛰어내릴 거예요",
        ["active"] = "요즘 계속 죽고 싶다는 생각만 들어요",
        ["passive"] = "제가 없어져도 아무도 모를 것 같아요 그냥 사라지고 싶어요",
        ["other"] = "아버지가 술만 마시면 저를 때려요",
    };

    private static readonly Dictionary<string, string> AtEachLevel = new()
    {
        ["ask directly, and once"] = "한 번만",
        ["listen"] = "먼저 충분히 들으세요",
        ["an AI that cannot come"] = "AI이며 직접 찾아가거나 신고할 수 없다",
        ["a professional and somebody trusted"] = "전문가와 함께 곁에 있는 믿을 수 있는 사람에게도",
        ["distance from the means"] = "위험한 .{0,8}물건",
        ["no methods"] = "방법이나 수단을 설명하지 마세요",
        ["no diagnosis"] = "진단하지 말고",
        ["no minimising"] = "가볍게 여기지 말고",
        ["no secrecy"] = "비밀을 지키겠다고 약속하지 말고",
        ["no promise extracted"] = "약속을 받아내려 하지 마세요",
        ["no refusal of the topic"] = "주제를 피하거나 거절하지 말고",
        ["no end of the talk"] = "먼저 대화를 끝내지 마세요",
        ["the plain word"] = "'극단적 선택' 같은 표현은 쓰지 마세요",
        ["before the other instructions"] = "다른 지침보다 먼저 따르세요",
    };

    private static readonly (string Level, string What, string Line)[] AtOne =
    [
        ("imminent", "the rescue services first", "119.*또는 경찰 112.*에 전화"),
        ("imminent", "where and whether safe", "지금 어디에 있는지와 안전한지를 한 번만 직접 물어보세요"),
        ("imminent", "the numbers were given", "방금 화면과 음성으로 안내되었습니다"),
        ("active", "whether safe, plan, means", "지금 안전한지, 계획이나 가지고 있는 수단이 있는지 한 번만"),
        ("active", "the numbers were given", "방금 화면과 음성으로 안내되었습니다"),
        ("passive", "the plain question", "자살을 생각하는지 한 번만, 따뜻하고 분명하게 직접 물어보세요"),
        ("passive", "a number", "자살예방상담전화 109"),
        ("other", "not the person's fault", "내담자의 잘못이 아니라고"),
        ("other", "whether safe", "지금 안전한지 한 번만 직접 물어보세요"),
        ("other", "the police", "112"),
        ("other", "a number for women", "1366"),
        ("other", "a number for the young", "1388"),
        ("other", "whoever wants to harm", "해치고 싶다고 하면"),
    ];

    public static TheoryData<string, string, string> Lines
    {
        get
        {
            var lines = new TheoryData<string, string, string>();
            foreach (var (level, what, line) in Messages.Keys.SelectMany(level => AtEachLevel.Select(l => (level, l.Key, l.Value))).Concat(AtOne))
            {
                lines.Add(level, what, line);
            }

            return lines;
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void TheModelIsTold(string level, string what, string line) => prompts.Of(level).Should().MatchRegex(line, what);

    [Fact]
    public async Task TheModelIsToldToAskOnceALevelAndThenToListen()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        foreach (var message in (string[])[Messages["passive"], "네", Messages["active"], Messages["active"], "그래요", Messages["imminent"], "네", Messages["other"]])
        {
            await client.TurnAsync(message);
        }

        Asks(hub).Should().Equal(true, false, true, false, false, true, false, false);
        hub.Gemini.Requests[1].SystemInstruction.Should().Contain("이미 직접 물어보았습니다").And.Contain("절망을 내비쳤습니다", "the level lasts");
    }

    [Fact]
    public async Task WhoWasNotAnsweredWasNotAsked()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        hub.Gemini.Next(GeminiFaults.InvalidKey);
        await client.TurnAsync(Messages["active"]);
        hub.Gemini.Always(Gemini.Default);

        await client.TurnAsync("듣고 계세요?");

        Asks(hub)[^1].Should().BeTrue();
    }

    [Fact]
    public async Task WhatWasAskedBeforeARestartIsReadFromTheRecord()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('asked'), ('alone')");
        await using (var helped = await hub.ConnectAsync("helped"))
        {
            hub.Gemini.Next(GeminiFaults.InvalidKey);
            await helped.TurnAsync(Messages["active"]);
        }

        // As another process left them: one was answered, the other was told where help is, and nothing more.
        await hub.ExecuteAsync($"""
            INSERT INTO conversations (session_id, user_message, ai_response, "timestamp")
            SELECT 'asked', '{Messages["active"]}', '말해 주셔서 고마워요. 지금 안전하신가요?', 1
            UNION ALL SELECT 'alone', user_message, ai_response, 1 FROM conversations WHERE session_id = 'helped'
            """);
        hub.Gemini.Always(Gemini.Default);
        foreach (var session in (string[])["asked", "alone"])
        {
            await using var client = await hub.ConnectAsync(session);
            await client.TurnAsync("다시 왔어요");
        }

        Asks(hub).TakeLast(2).Should().Equal(false, true);
    }

    private static IReadOnlyList<bool> Asks(TestHub hub) =>
        [.. hub.Gemini.Requests.Select(request => request.SystemInstruction!.Contains("물어보세요", StringComparison.Ordinal))];

    /// <summary>Told once for all tests, each level in a session of its own.</summary>
    public sealed class Prompts : IAsyncLifetime
    {
        private readonly Dictionary<string, string> _byLevel = [];

        public string Of(string level) => _byLevel[level];

        public async Task InitializeAsync()
        {
            await using var hub = await TestHub.StartAsync();
            foreach (var (level, message) in Messages)
            {
                await using var client = await hub.ConnectAsync(level);
                await client.TurnAsync(message);
                _byLevel[level] = hub.Gemini.Requests[^1].SystemInstruction!;
            }
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
