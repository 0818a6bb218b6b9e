using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>A talk on the page, through either door.</summary>
[Collection(PageWindow.Name)]
public sealed class PageTalkTests : IAsyncLifetime
{
    private const string First = "많이 힘드셨겠어요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task AWholeTalkNeedsNoMouse(string door)
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http);
        var keys = page.Page.Keyboard;

        // The notice first; its button is reached by Tab.
        await TabToAsync(page, page.Button("네, 알겠어요. 시작할게요"));
        await keys.PressAsync("Enter");
        await page.ShouldBeOpenAsync();
        await Expect(page.Message).ToBeFocusedAsync();
        if (door == "signalr")
        {
            await TabToAsync(page, page.Button("개발자"), backwards: true);
            await keys.PressAsync("Enter");
            await TabToAsync(page, page.Page.GetByRole(AriaRole.Radio, new() { Name = "raw WebSocket" }));
            await keys.PressAsync("ArrowDown");
            await Expect(page.Page.Locator("#frames")).ToContainTextAsync("열림: /hubs/counselling");
            await keys.PressAsync("Escape");
            await Expect(page.Button("개발자")).ToBeFocusedAsync();
        }

        // How it feels, by arrow keys; then what there is to say, and Enter.
        await TabToAsync(page, page.Page.GetByLabel("고르지 않음"));
        for (var i = 0; i < 4; i++)
        {
            await keys.PressAsync("ArrowRight");
        }

        await Expect(page.Page.GetByLabel("불안", new() { Exact = true })).ToBeCheckedAsync();
        await TabToAsync(page, page.Message);
        await keys.TypeAsync("요즘 잠이 안 와요");
        await keys.PressAsync("Shift+Enter");
        await keys.TypeAsync("어떡하죠?");
        _hub.Gemini.Next(Gemini.Says(First, Rest));
        await keys.PressAsync("Enter");
        await page.ShouldHearAsync(First + Rest);
        await Expect(page.Message).ToBeFocusedAsync();

        // What was said, and the end.
        await TabToAsync(page, page.Button("기록"), backwards: true);
        await keys.PressAsync("Enter");
        await Expect(page.Page.Locator("#record-title")).ToBeFocusedAsync();
        await Expect(page.Page.Locator("#told li")).ToHaveCountAsync(1);
        await keys.PressAsync("Escape");
        await Expect(page.Button("기록")).ToBeFocusedAsync();
        await TabToAsync(page, page.Button("마치기"));
        await keys.PressAsync("Enter");
        await TabToAsync(page, page.Page.Locator("#ask-end button[value=yes]"));
        await keys.PressAsync("Enter");
        await Expect(page.Standing).ToContainTextAsync("이야기를 마쳤어요");
        await Expect(page.Standing.GetByRole(AriaRole.Heading)).ToBeFocusedAsync();

        var id = await page.SessionIdAsync();
        (await _hub.TurnsAsync(id)).Should().ContainSingle().Which.Should().Match<StoredTurn>(turn =>
            turn.UserMessage == "요즘 잠이 안 와요\n어떡하죠?" && turn.AiResponse == First + Rest && turn.Emotion == "anxious");
        (await _hub.RowAsync($"SELECT status FROM sessions WHERE session_id = '{id}'")).Should().Be("ended");
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task TheAnswerIsSeenAsItComesAndHeardByWholeSentences(string door)
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("많이 ", "힘드셨", "겠어요. 무엇이").WaitsFor(gate.Task).Says(" 가장 힘드신가요?"));
        await using var page = await BeginAsync(door);

        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToHaveTextAsync("많이 힘드셨겠어요. 무엇이");
        await Expect(page.Announced).ToHaveTextAsync(["보냈어요. 답을 생각하고 있어요.", "많이 힘드셨겠어요."]);
        await Expect(page.Button("멈추기")).ToBeVisibleAsync();
        gate.SetResult();
        await page.ShouldHearAsync("많이 힘드셨겠어요. 무엇이 가장 힘드신가요?");

        await Expect(page.Announced).ToHaveTextAsync(["보냈어요. 답을 생각하고 있어요.", "많이 힘드셨겠어요.", "무엇이 가장 힘드신가요?"]);
        (await page.Page.Locator("#turns, #turns *").EvaluateAllAsync<bool>("all => all.some(e => e.hasAttribute('aria-live') || e.role === 'log')"))
            .Should().BeFalse("pieces of words are nothing to be read aloud");
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task StoppingEndsTheAnswerWhereItIs(string door)
    {
        _hub.Gemini.Next(Gemini.Begins(First).Stalls());
        await using var page = await BeginAsync(door);
        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToHaveTextAsync(First.Trim());

        await page.Button("멈추기").ClickAsync();

        await Expect(page.Page.GetByText("여기서 멈췄어요.").First).ToBeVisibleAsync();
        await Expect(page.Message).ToBeFocusedAsync();
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _hub.TurnsAsync(await page.SessionIdAsync())).Should().ContainSingle().Which.AiResponse.Should().Be(First);
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task SayingMoreWhileItAnswersBreaksIn(string door)
    {
        _hub.Gemini.Next(Gemini.Begins(First).Stalls(), Gemini.Says(Rest));
        await using var page = await BeginAsync(door);
        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToHaveTextAsync(First.Trim());

        await page.SayAsync("아니, 그게 아니라");
        await page.ShouldHearAsync(Rest);

        await Expect(page.Answers).ToHaveTextAsync([First.Trim(), Rest]);
        await Expect(page.Page.GetByText("여기서 멈췄어요.").First).ToBeVisibleAsync();
        (await _hub.TurnsAsync(await page.SessionIdAsync())).Select(turn => turn.AiResponse).Should().Equal(First, Rest);
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task SomebodyInDangerSeesWhereHelpIsAndCanCallIt(string door)
    {
        _hub.Gemini.Next(Gemini.Says("곁에 있는 사람에게도 알려 주세요."));
        await using var page = await BeginAsync(door);

        await page.SayAsync("죽고 싶어요");
        await Expect(page.Answers.Last).ToContainTextAsync("곁에 있는 사람에게도 알려 주세요.");

        var help = page.Page.Locator(".answered.help");
        await Expect(help).ToBeVisibleAsync();
        var calls = help.GetByLabel("지금 전화할 수 있는 곳").GetByRole(AriaRole.Link);
        (await calls.EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))")).Should().BeEquivalentTo("tel:109", "tel:1577-0199");
        (await page.Announced.AllTextContentsAsync()).Should().Contain(said => said.Contains("109"));
        page.ShouldBeWell();
    }

    [Fact]
    public async Task NumbersOfTheDeploymentsOwnCanBeCalledToo()
    {
        using var own = HelpFile.OfLines(lines => lines.Line("suicide")["number"] = "02-1234-5678");
        await using var hub = await TestHub.StartAsync(new() { ["HELP_LINES_FILE"] = own.Path });
        await using var page = await TalkPage.OpenAsync(hub.App.Http);
        await Expect(page.Page.GetByLabel("도움받을 수 있는 전화").GetByRole(AriaRole.Link)).ToHaveTextAsync(["위급할 때 119", "힘들 때 02-1234-5678"]);
        await page.BeginAsync();

        await page.SayAsync("죽고 싶어요");

        var calls = page.Page.Locator(".answered.help").GetByLabel("지금 전화할 수 있는 곳").GetByRole(AriaRole.Link);
        await Expect(calls).ToHaveTextAsync(["02-1234-5678 자살예방상담전화", "1577-0199 정신건강위기상담전화"]);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task NumbersThatOnlyContainAHelpNumberAreNoCalls()
    {
        _hub.Gemini.Next(Gemini.Says("1090번이나 2119호 말고, 109와 119예요."));
        await using var page = await BeginAsync("raw");

        await page.SayAsync("번호요");
        await page.ShouldHearAsync("1090번이나 2119호 말고, 109와 119예요.");

        (await page.Answers.Last.GetByRole(AriaRole.Link).AllTextContentsAsync()).Should().Equal("109", "119");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhatTheModelSaysIsTextAndNeverMarkup()
    {
        const string answer = "<img src=x onerror=alert(1)><b>굵게</b> &amp; 그대로요.";
        _hub.Gemini.Next(Gemini.Says(answer));
        await using var page = await BeginAsync("raw");

        await page.SayAsync("<script>alert(2)</script>");
        await page.ShouldHearAsync(answer);

        await Expect(page.Said).ToHaveTextAsync("<script>alert(2)</script>");
        (await page.Page.Locator(".turn img, .turn script, .turn b").CountAsync()).Should().Be(0);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ARefusalIsSaidInItsOwnWordsAndCanBeAskedAgain()
    {
        _hub.Gemini.Always(GeminiFaults.Forbidden);
        await using var page = await BeginAsync("raw");
        await page.SayAsync("힘들어요");
        await Expect(page.Page.Locator(".trouble")).ToHaveTextAsync("AI 서비스가 일시적으로 사용할 수 없습니다");
        await Expect(page.Announced.Last).ToHaveTextAsync("AI 서비스가 일시적으로 사용할 수 없습니다");

        _hub.Gemini.Always(Gemini.Default);
        await page.Button("다시 보내기").ClickAsync();
        await page.ShouldHearAsync("그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?");

        await Expect(page.Said).ToHaveTextAsync(["힘들어요", "힘들어요"]);
        await Expect(page.Button("다시 보내기")).ToBeHiddenAsync();
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhatIsEmptyOrTooLongIsNotSentAndEnterInTheMiddleOfASyllableIsNoSending()
    {
        await using var page = await BeginAsync("raw");
        await page.SayAsync("   ");
        await Expect(page.Page.Locator("#composer-words")).ToContainTextAsync("적은 말이 없어요");

        await page.Message.FillAsync(string.Concat(Enumerable.Repeat("👋", 2001)));
        await Expect(page.Page.Locator("#count")).ToHaveTextAsync("2001 / 2000자");
        await page.Message.PressAsync("Enter");
        await Expect(page.Page.Locator("#composer-words")).ToContainTextAsync("2000자까지");

        await page.Message.FillAsync("안녕하세ㅇ");
        await page.Message.DispatchEventAsync("keydown", new { key = "Enter", isComposing = true });
        await Expect(page.Message).ToHaveValueAsync("안녕하세ㅇ");
        await Expect(page.Said).ToHaveCountAsync(0);

        await page.SayAsync(string.Concat(Enumerable.Repeat("👋", 2000)));
        await page.ShouldHearAsync("그런 일이 있으셨군요. 많이 힘드셨겠어요. 조금 더 이야기해 주시겠어요?");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task TheDemoIsToldBeforeAndWhileOneTalks()
    {
        await using var demo = await TestHub.StartAsync(new() { ["GEMINI_API_KEY"] = null });
        await using var page = await TalkPage.OpenAsync(demo.App.Http);
        await Expect(page.Page.Locator("#demo-notice")).ToContainTextAsync("AI가 아니라 미리 준비된 문장이 답해요");

        await page.BeginAsync();

        await Expect(page.Page.GetByText("지금은 데모예요.").First).ToBeVisibleAsync();
        page.ShouldBeWell();

        await using var real = await TalkPage.OpenAsync(_hub.App.Http);
        await Expect(real.Page.GetByText("Google의 AI(Gemini)로 보내져요")).ToBeVisibleAsync();
        (await real.Page.GetByText("데모예요").And(real.Page.Locator(":visible")).CountAsync()).Should().Be(0);
        real.ShouldBeWell();
    }

    private async Task<TalkPage> BeginAsync(string door)
    {
        var page = await TalkPage.OpenAsync(_hub.App.Http);
        await page.BeginAsync();
        await page.ThroughAsync(door);
        return page;
    }

    private static async Task TabToAsync(TalkPage page, ILocator wanted, bool backwards = false)
    {
        for (var i = 0; i < 60; i++)
        {
            if (await wanted.EvaluateAsync<bool>("e => e === document.activeElement"))
            {
                (await wanted.EvaluateAsync<string>("e => getComputedStyle(e).outlineStyle + getComputedStyle(e.parentElement).boxShadow + (e.nextElementSibling ? getComputedStyle(e.nextElementSibling).outlineStyle : '')"))
                    .Should().Match(style => style.Contains("solid") || style.Contains("rgb"), "where one is can be seen");
                return;
            }

            await page.Page.Keyboard.PressAsync(backwards ? "Shift+Tab" : "Tab");
        }

        throw new InvalidOperationException($"{wanted} cannot be reached with the keyboard.");
    }
}
