using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>Speaking and being spoken to. The browser's own means are <see cref="BrowserVoices"/>, stand-ins; all else is real.</summary>
[Collection(PageWindow.Name)]
public sealed class PageVoiceTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task TheAnswerIsSpokenSentenceBySentenceWhileItComes()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("많이 힘드셨", "겠어요. 지금").WaitsFor(gate.Task).Says(" 무엇이 가장 힘드신가요?"));
        await using var page = await BeginAsync();

        await page.SayAsync("힘들어요");
        await ShouldHaveSaidAsync(page, "ko-KR: 많이 힘드셨겠어요.");
        gate.SetResult();
        await ShouldHaveSaidAsync(page, "ko-KR: 많이 힘드셨겠어요.", "ko-KR: 지금 무엇이 가장 힘드신가요?");

        (await page.Announced.AllTextContentsAsync()).Should().NotContain("많이 힘드셨겠어요.", "two voices at once would be none");
        await Expect(page.Button("멈추기")).ToBeVisibleAsync();
        await page.Page.EvaluateAsync("speech.finish(); speech.finish()");
        await Expect(page.Button("멈추기")).ToBeHiddenAsync();
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ItIsSilentUntilItIsAskedToSpeakAndWhenItIsAskedToBeSilent()
    {
        await using var page = await BeginAsync(isOn: false);
        await page.SayAsync("하나");
        await Expect(page.Answers).ToHaveCountAsync(1);
        await Expect(page.Button("멈추기")).ToBeHiddenAsync();
        await ShouldHaveSaidAsync(page);

        await page.Button("소리로 듣기").ClickAsync();
        await page.SayAsync("둘");
        await ShouldHaveSaidAsync(page, "ko-KR: 그런 일이 있으셨군요.", "ko-KR: 많이 힘드셨겠어요.", "ko-KR: 조금 더 이야기해 주시겠어요?");
        await page.Button("소리로 듣기").ClickAsync();

        (await page.Page.EvaluateAsync<int>("speech.pending.length")).Should().Be(0);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ANumberIsSpokenAsItIsWrittenForTheEar()
    {
        _hub.Gemini.Next(Gemini.Says("자살예방상담전화 109(일공구), 정신건강위기상담전화 1577-0199(일오칠칠 공일구구)예요."));
        await using var page = await BeginAsync();

        await page.SayAsync("번호요");

        await ShouldHaveSaidAsync(page, "ko-KR: 자살예방상담전화 일공구, 정신건강위기상담전화 일오칠칠 공일구구예요.");
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw", "writes")]
    [InlineData("raw", "speaks")]
    [InlineData("signalr", "writes")]
    [InlineData("signalr", "speaks")]
    public async Task WhoBreaksInSilencesTheVoiceAndEndsTheAnswer(string door, string how)
    {
        _hub.Gemini.Next(Gemini.Begins("듣고 있어요. 천천히").Stalls());
        await using var page = await BeginAsync();
        await page.ThroughAsync(door);
        await page.SayAsync("힘들어요");
        await ShouldHaveSaidAsync(page, "ko-KR: 듣고 있어요.");

        if (how == "writes")
        {
            await page.Message.PressSequentiallyAsync("아");
        }
        else
        {
            await page.Button("말하기").ClickAsync();
        }

        await Expect(page.Page.GetByText("여기서 멈췄어요.").First).ToBeVisibleAsync();
        (await page.Page.EvaluateAsync<int>("speech.pending.length")).Should().Be(0);
        await ShouldHaveSaidAsync(page, "ko-KR: 듣고 있어요.");
        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _hub.TurnsAsync(await page.SessionIdAsync())).Should().ContainSingle().Which.AiResponse.Should().Be("듣고 있어요. 천천히");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhoOnlyReadsMayWriteWhileTheAnswerGoesOn()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("듣고 있어요. ").WaitsFor(gate.Task).Says("천천히 하세요."));
        await using var page = await BeginAsync(isOn: false);
        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToHaveTextAsync("듣고 있어요.");

        await page.Message.PressSequentiallyAsync("그리고");
        gate.SetResult();

        await page.ShouldHearAsync("듣고 있어요. 천천히 하세요.");
        await Expect(page.Message).ToHaveValueAsync("그리고");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhatIsSpokenIsWrittenAndSentWhenThePersonFallsSilent()
    {
        await using var page = await BeginAsync(isOn: false);

        await page.Button("말하기").ClickAsync();
        await Expect(page.Button("듣고 있어요")).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Page.EvaluateAsync("speech.hears('요즘 잠이', false)");
        await Expect(page.Message).ToHaveValueAsync("요즘 잠이");
        await page.Page.EvaluateAsync("speech.hears('요즘 잠이 안 와요', true)");
        await page.Page.EvaluateAsync("speech.falls()");

        await Expect(page.Said).ToHaveTextAsync(["요즘 잠이 안 와요"]);
        await Expect(page.Answers).ToHaveCountAsync(1);
        await Expect(page.Message).ToHaveValueAsync("");
        (await page.Page.EvaluateAsync<string>("speech.language")).Should().Be("ko-KR");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhoStopsTheListeningKeepsTheWordsAndMayChangeThem()
    {
        await using var page = await BeginAsync(isOn: false);
        await page.Button("말하기").ClickAsync();
        await page.Page.EvaluateAsync("speech.hears('요즘 자미 안 와요', true)");

        await page.Button("듣고 있어요").ClickAsync();

        await Expect(page.Message).ToHaveValueAsync("요즘 자미 안 와요");
        await Expect(page.Message).ToBeFocusedAsync();
        await Expect(page.Said).ToHaveCountAsync(0);
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("not-allowed", "마이크를 쓸 수 없어요")]
    [InlineData("no-speech", "아무 말도 들리지 않았어요")]
    [InlineData("network", "음성 인식 서비스에 닿지 못했어요")]
    [InlineData("bad-grammar", "말을 알아듣지 못했어요")]
    public async Task WhyItCouldNotListenIsSaid(string error, string words)
    {
        await using var page = await BeginAsync(isOn: false);
        await page.Button("말하기").ClickAsync();

        await page.Page.EvaluateAsync($"speech.fails('{error}')");

        await Expect(page.Page.Locator("#composer-words")).ToContainTextAsync(words);
        await Expect(page.Button("말하기")).ToHaveAttributeAsync("aria-pressed", "false");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task WhereTheBrowserCanDoNeitherThatIsSaidAndNothingIsOffered()
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http, before: BrowserVoices.Neither);
        await Expect(page.Page.Locator("#listen-notice")).ToContainTextAsync("이 브라우저에는 말을 글로 옮기는 기능이 없어요");
        await page.BeginAsync();

        await Expect(page.Button("말하기")).ToBeHiddenAsync();
        await Expect(page.Button("소리로 듣기")).ToBeHiddenAsync();
        await page.SayAsync("힘들어요");
        await Expect(page.Answers).ToHaveCountAsync(1);
        page.ShouldBeWell();
    }

    private async Task<TalkPage> BeginAsync(bool isOn = true)
    {
        var page = await TalkPage.OpenAsync(_hub.App.Http, before: BrowserVoices.Speaking + BrowserVoices.Listening);
        await page.BeginAsync();
        if (isOn)
        {
            await page.Button("소리로 듣기").ClickAsync();
            await Expect(page.Button("소리로 듣기")).ToHaveAttributeAsync("aria-pressed", "true");
        }

        return page;
    }

    private static async Task ShouldHaveSaidAsync(TalkPage page, params string[] sentences)
    {
        await page.Page.WaitForFunctionAsync("count => speech.said.length >= count", sentences.Length);
        (await page.Page.EvaluateAsync<string[]>("speech.said")).Should().Equal(sentences);
    }
}
