using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>Pausing, ending and erasing on the page, the record, and the plot of the emotions.</summary>
[Collection(PageWindow.Name)]
public sealed class PageRecordTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        _hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000" });
        _hub.Gemini.Always(Talk.Answer);
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task TheRecordIsWhatTheHubHasKept()
    {
        await using var page = await TalkAsync(("불안", "하나"), ("고르지 않음", "둘"), ("슬픔", "셋"));

        await page.Button("기록").ClickAsync();

        await Expect(page.Page.Locator("#record-words")).ToHaveTextAsync("모두 3번 나눈 이야기예요.");
        var told = page.Page.Locator("#told li");
        await Expect(told).ToHaveCountAsync(3);
        await Expect(told.Nth(0)).ToContainTextAsync("불안");
        await Expect(told.Nth(1).Locator(".text")).ToHaveTextAsync(["둘", Talk.AnswerTo("둘")]);
        await Expect(told.Nth(1).Locator(".feeling")).ToHaveCountAsync(0);

        // What is said meanwhile is there too.
        await page.SayAsync("넷");
        await Expect(told).ToHaveCountAsync(4);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ALongRecordIsReadPageByPage()
    {
        await using var page = await TalkAsync();
        var id = await page.SessionIdAsync();
        await _hub.ExecuteAsync(
            $"""
            INSERT INTO conversations (session_id, user_message, ai_response, emotion, "timestamp")
            SELECT '{id}', 'm' || i, 'a' || i, 'sad', 1700000000000 + i * 60000 FROM generate_series(1, 120) i
            """);

        await page.Button("기록").ClickAsync();
        var told = page.Page.Locator("#told li");
        await Expect(told).ToHaveCountAsync(50);
        await page.Button("더 보기").ClickAsync();
        await Expect(told).ToHaveCountAsync(100);
        await page.Button("더 보기").ClickAsync();
        await Expect(told).ToHaveCountAsync(120);
        await Expect(page.Button("더 보기")).ToBeHiddenAsync();

        // After a reload the latest are shown.
        await page.Page.ReloadAsync();
        await page.ShouldBeOpenAsync();
        await Expect(page.Said).ToHaveCountAsync(100);
        await Expect(page.Said.Last).ToHaveTextAsync("m120");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task TheEmotionsAreDrawnAndSaidAndInATable()
    {
        await using var page = await TalkAsync();
        var id = await page.SessionIdAsync();
        // At 10, 11 and 14 o'clock in Seoul, and one without.
        await _hub.ExecuteAsync(
            $"""
            INSERT INTO conversations (session_id, user_message, ai_response, emotion, "timestamp") VALUES
            ('{id}', 'a', 'a', 'anxious', 1704848400000), ('{id}', 'b', 'b', 'sad', 1704852000000),
            ('{id}', 'c', 'c', NULL, 1704855600000), ('{id}', 'd', 'd', 'happy', 1704862800000)
            """);

        await page.Button("기록").ClickAsync();

        var plot = page.Page.GetByRole(AriaRole.Img, new() { Name = "시간에 따른 마음, 모두 3번: 불안, 슬픔, 기쁨." });
        await Expect(plot).ToBeVisibleAsync();
        var points = await plot.Locator("circle").EvaluateAllAsync<double[][]>("all => all.map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])");
        points.Should().HaveCount(3);
        ((points[1][0] - points[0][0]) / (points[2][0] - points[0][0])).Should().BeApproximately(0.25, 0.001, "one hour of four");
        points[2][1].Should().BeLessThan(points[0][1], "joy is above worry");
        points[0][1].Should().BeLessThan(points[1][1], "worry is above sadness");
        await page.Page.GetByText("표로 보기").ClickAsync();
        await Expect(page.Page.Locator("#plot tbody tr")).ToHaveTextAsync(["10:00:00불안", "11:00:00슬픔", "14:00:00기쁨"]);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhereNoEmotionWasChosenThatIsSaid()
    {
        await using var page = await TalkAsync(("고르지 않음", "하나"));

        await page.Button("기록").ClickAsync();

        await Expect(page.Page.Locator("#plot")).ToContainTextAsync("아직 고른 마음이 없어요");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task APauseIsAPauseUntilOneGoesOn()
    {
        await using var page = await TalkAsync(("고르지 않음", "하나"));
        var id = await page.SessionIdAsync();

        await page.Button("쉬기").Or(page.Button("잠시 쉬기")).ClickAsync();
        await Expect(page.Standing).ToContainTextAsync("잠시 쉬고 있어요");
        await Expect(page.Message).ToBeHiddenAsync();
        (await _hub.RowAsync($"SELECT status FROM sessions WHERE session_id = '{id}'")).Should().Be("paused");
        await page.Page.ReloadAsync();
        await Expect(page.Standing).ToContainTextAsync("잠시 쉬고 있어요");
        await page.Button("이어서 이야기하기").ClickAsync();

        await Expect(page.Message).ToBeFocusedAsync();
        await page.SayAsync("둘");
        await page.ShouldHearAsync(Talk.AnswerTo("둘"));
        (await _hub.RowAsync($"SELECT status FROM sessions WHERE session_id = '{id}'")).Should().Be("active");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task AnEndIsAskedForAndAfterItTheRecordIsStillThere()
    {
        await using var page = await TalkAsync(("슬픔", "하나"));
        var id = await page.SessionIdAsync();
        await page.Button("마치기").ClickAsync();
        await page.Button("계속 이야기하기").ClickAsync();
        await Expect(page.Message).ToBeVisibleAsync();
        (await _hub.RowAsync($"SELECT status FROM sessions WHERE session_id = '{id}'")).Should().Be("active");

        await page.Button("마치기").ClickAsync();
        await page.Page.Locator("#ask-end button[value=yes]").ClickAsync();
        await Expect(page.Standing).ToContainTextAsync("이야기를 마쳤어요");
        await Expect(page.Link).ToHaveTextAsync("마쳤어요");
        await Expect(page.Message).ToBeHiddenAsync();

        await page.Page.ReloadAsync();
        await Expect(page.Standing).ToContainTextAsync("이야기를 마쳤어요");
        await page.Button("기록 읽기").ClickAsync();
        await Expect(page.Page.Locator("#told li")).ToHaveCountAsync(1);
        await page.Button("새 이야기 시작하기").ClickAsync();
        await page.ShouldBeOpenAsync();
        (await page.SessionIdAsync()).Should().NotBe(id);
        await Expect(page.Said).ToHaveCountAsync(0);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ErasingLeavesNothingOnTheServerNorOnThePage()
    {
        await using var page = await TalkAsync(("슬픔", "CANARY 하나"));
        var id = await page.SessionIdAsync();
        await page.Button("개발자").ClickAsync();
        await page.Button("기록").ClickAsync();
        await Expect(page.Page.Locator("#told li")).ToHaveCountAsync(1);
        await page.Button("이 이야기 모두 지우기").ClickAsync();
        await page.Button("지우지 않기").ClickAsync();
        (await _hub.TurnsAsync(id)).Should().ContainSingle();

        await page.Button("이 이야기 모두 지우기").ClickAsync();
        await page.Button("모두 지우기").ClickAsync();

        await Expect(page.Page.Locator("#start-words")).ToHaveTextAsync("모두 지웠어요.");
        (await _hub.RowAsync($"SELECT count(*) FROM sessions WHERE session_id = '{id}'")).Should().Be("0");
        (await _hub.AskedAsync(id)).Should().BeEmpty();
        (await page.Page.ContentAsync()).Should().NotContain("CANARY").And.NotContain(id);
        (await page.Page.EvaluateAsync<int>("sessionStorage.length")).Should().Be(0);
        await page.Page.ReloadAsync();
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "어떤 이야기든 괜찮아요" })).ToBeVisibleAsync();
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhereTheHubWantsToKnowWhoOneIsItAsks()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret });
        await using var page = await TalkPage.OpenAsync(hub.App.Http);
        await page.Button("네, 알겠어요. 시작할게요").ClickAsync();
        var login = page.Page.GetByRole(AriaRole.Dialog, new() { Name = "로그인이 필요해요" });
        await login.GetByLabel("이메일").FillAsync("minji@example.com");
        await login.GetByLabel("비밀번호").FillAsync("CANARY-password");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ShouldBeOpenAsync();

        await page.ThroughAsync("signalr");
        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToContainTextAsync("조금 더 이야기해 주시겠어요?");
        await page.Button("기록").ClickAsync();
        await Expect(page.Page.Locator("#told li")).ToHaveCountAsync(1);

        (await hub.RowAsync($"SELECT count(*) FROM sessions WHERE session_id = '{await page.SessionIdAsync()}' AND user_id IS NOT NULL")).Should().Be("1");
        (await page.Page.EvaluateAsync<string>("JSON.stringify({ ...sessionStorage, ...localStorage }) + document.cookie + location"))
            .Should().NotContain("CANARY").And.NotContain("eyJ", "a token is no longer than the page is there");

        // After a reload it is asked again.
        await page.Page.ReloadAsync();
        await Expect(login).ToBeVisibleAsync();
        page.ShouldBeWell("Failed to load resource: the server responded with a status of 401");
    }

    private async Task<TalkPage> TalkAsync(params (string Emotion, string Message)[] turns)
    {
        var page = await TalkPage.OpenAsync(_hub.App.Http);
        await page.BeginAsync();
        foreach (var (emotion, message) in turns)
        {
            await page.ChooseEmotionAsync(emotion);
            await page.SayAsync(message);
            await page.ShouldHearAsync(Talk.AnswerTo(message));
        }

        return page;
    }
}
