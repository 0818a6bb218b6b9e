using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>The page's connection is lost, taken over and refused; what was said is shown once all the same.</summary>
[Collection(PageWindow.Name)]
public sealed class PageConnectionTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";
    private const string Rest = "무엇이 가장 힘드신가요?";

    /// <summary>What a browser itself says of connections that fail.</summary>
    private static readonly string[] Failures = ["WebSocket connection to", "Failed to load resource", "WebSocket closed with", "Connection disconnected with"];

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });
        _hub.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says(Rest));
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task AnAnswerThatIsCutIsWholeAndThereOnce(string door)
    {
        await using var page = await BeginAsync(_hub.App.Http, door);
        await HearTheFirstAsync(page);

        await page.Button("개발자").ClickAsync();
        await page.Button("연결 끊어 보기").ClickAsync();
        await Expect(page.Standing).ToContainTextAsync("연결이 끊겼어요");
        await page.ShouldBeOpenAsync();
        await Expect(page.Standing).ToBeHiddenAsync();
        await Expect(page.Page.Locator("#frames")).ToContainTextAsync("닫힘: 4000");
        _gate.SetResult();
        await page.ShouldHearAsync(First + Rest);

        await ShouldBeThereOnceAsync(page);
        page.ShouldBeWell();
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task AnAnswerThatEndedWhileTheNetworkWasAwayIsWholeAndThereOnce(string door)
    {
        await using var relay = Relay.Before(_hub.App.Http);
        await using var page = await BeginAsync(relay.Address, door);
        await HearTheFirstAsync(page);

        relay.Break();
        await Expect(page.Standing).ToContainTextAsync("연결이 끊겼어요");
        _gate.SetResult();
        await _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        relay.Mend();
        await page.ShouldHearAsync(First + Rest);
        await page.ShouldBeOpenAsync();

        await ShouldBeThereOnceAsync(page);
        page.ShouldBeWell(Failures);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task WhatIsSaidWhileTheNetworkIsAwayIsSentWhenItIsBack(string door)
    {
        _gate.SetResult();
        await using var relay = Relay.Before(_hub.App.Http);
        await using var page = await BeginAsync(relay.Address, door);
        relay.Break();
        await Expect(page.Standing).ToContainTextAsync("연결이 끊겼어요");

        await page.SayAsync("듣고 있어요?");
        await Expect(page.Page.GetByText("연결되면 보낼게요.").First).ToBeVisibleAsync();
        relay.Mend();
        await page.Button("지금 다시 잇기").ClickAsync();
        await page.ShouldHearAsync(First + Rest);

        (await _hub.TurnsAsync(await page.SessionIdAsync())).Should().ContainSingle().Which.UserMessage.Should().Be("듣고 있어요?");
        page.ShouldBeWell(Failures);
    }

    [Fact]
    public async Task AnAnswerThatNobodyWaitedForAnyLongerIsTakenFromTheRecord()
    {
        var time = new ObservedTime();
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, time);
        hub.Gemini.Next(Gemini.Begins(First).Stalls());
        await using var relay = Relay.Before(hub.App.Http);
        await using var page = await BeginAsync(relay.Address, "raw");
        await HearTheFirstAsync(page);

        relay.Break();
        await time.WaitBeganAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(30));
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        relay.Mend();

        await page.ShouldHearAsync(First.Trim());
        await Expect(page.Answers).ToHaveCountAsync(1);
        page.ShouldBeWell(Failures);
    }

    [Fact]
    public async Task WhatNeverArrivedIsSaidToBeLostAndCanBeSentAgain()
    {
        _gate.SetResult();
        await using var relay = Relay.Before(_hub.App.Http);
        await using var page = await BeginAsync(relay.Address, "raw");
        // A stand-in of a network that loses the frame just when it breaks.
        await page.Page.EvaluateAsync("WebSocket.prototype.send = () => {}");
        await page.SayAsync("들리나요?");
        relay.Break();
        await Expect(page.Standing).ToContainTextAsync("연결이 끊겼어요");
        relay.Mend();
        await page.ShouldBeOpenAsync();

        await Expect(page.Page.Locator(".trouble")).ToHaveTextAsync("연결이 끊겨 이 말이 전해지지 않았어요.");
        await Expect(page.Button("다시 보내기")).ToBeVisibleAsync();
        (await _hub.AskedAsync(await page.SessionIdAsync())).Should().BeEmpty();
        page.ShouldBeWell(Failures);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task AnotherWindowTakesOverAndThisOneDoesNotFight(string door)
    {
        _gate.SetResult();
        await using var page = await BeginAsync(_hub.App.Http, door);
        await page.SayAsync("힘들어요");
        await page.ShouldHearAsync(First + Rest);

        await using var other = await page.DuplicateAsync();
        await other.ShouldBeOpenAsync();
        await Expect(page.Standing).ToContainTextAsync("다른 창에서 이어 가고 있어요");
        await Expect(page.Message).ToBeHiddenAsync();

        // It took over what was said, and talks on undisturbed for longer than the first delay of a reconnect.
        await Expect(other.Answers).ToHaveTextAsync([First + Rest]);
        await other.SayAsync("여기서 이어 할게요");
        await Expect(other.Answers).ToHaveCountAsync(2);
        await other.Page.WaitForFunctionAsync("since => Date.now() - since > 2500", await other.Page.EvaluateAsync<double>("Date.now()"));
        await other.ShouldBeOpenAsync();

        await page.Page.BringToFrontAsync();
        await page.Button("이 창에서 이어 가기").ClickAsync();
        await page.ShouldBeOpenAsync();
        await Expect(other.Standing).ToContainTextAsync("다른 창에서 이어 가고 있어요");
        page.ShouldBeWell();
        other.ShouldBeWell();
    }

    [Fact]
    public async Task WhereTwoWindowsQuarrelledItIsSaidThatNobodyIsLetIn()
    {
        _gate.SetResult();
        await using var page = await BeginAsync(_hub.App.Http, "raw");
        var id = await page.SessionIdAsync();
        var others = new List<RawSocketClient>();
        for (var i = 0; i < 3; i++)
        {
            others.Add(await _hub.ConnectAsync(id));
        }

        await Expect(page.Standing).ToContainTextAsync("다른 창에서 이어 가고 있어요");
        await page.Button("이 창에서 이어 가기").ClickAsync();

        await Expect(page.Standing).ToContainTextAsync("지금은 들어갈 수 없어요");
        others[^1].Received.Should().BeEmpty();
        foreach (var other in others)
        {
            await other.DisposeAsync();
        }

        page.ShouldBeWell(Failures);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("signalr")]
    public async Task ASessionThatEndedElsewhereIsSaidToHaveEnded(string door)
    {
        _gate.SetResult();
        await using var page = await BeginAsync(_hub.App.Http, door);
        using var http = new HttpClient();
        using var ended = await http.PostAsync(new Uri(_hub.App.Http, $"api/session/{await page.SessionIdAsync()}/end"), null);

        await page.SayAsync("아직 있나요?");

        await Expect(page.Standing).ToContainTextAsync("이야기를 마쳤어요");
        await Expect(page.Page.Locator(".trouble")).ToHaveTextAsync("세션이 만료되었습니다");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task ASessionThatWasErasedElsewhereIsSaidNotToBeThere()
    {
        await using var hub = await TestHub.StartAsync(new() { ["UNKNOWN_SESSIONS"] = "refuse" });
        await using var page = await BeginAsync(hub.App.Http, "raw");
        using var http = new HttpClient();
        using var erased = await http.DeleteAsync(new Uri(hub.App.Http, $"api/session/{await page.SessionIdAsync()}"));
        erased.IsSuccessStatusCode.Should().BeTrue();

        await page.Button("개발자").ClickAsync();
        await page.Button("연결 끊어 보기").ClickAsync();

        await Expect(page.Standing).ToContainTextAsync("이 이야기를 찾을 수 없어요");
        await page.Button("새 이야기 시작하기").ClickAsync();
        await page.ShouldBeOpenAsync();
        page.ShouldBeWell(Failures);
    }

    [Fact]
    public async Task AfterAReloadTheTalkGoesOnAlsoInTheMiddleOfAnAnswer()
    {
        await using var page = await BeginAsync(_hub.App.Http, "raw");
        await HearTheFirstAsync(page);

        await page.Page.ReloadAsync();
        await page.ShouldBeOpenAsync();
        await Expect(page.Said).ToHaveTextAsync(["힘들어요"]);
        await Expect(page.Answers).ToHaveTextAsync([First.Trim()]);
        _gate.SetResult();
        await page.ShouldHearAsync(First + Rest);

        await ShouldBeThereOnceAsync(page);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task OfTheTalkTheBrowserKeepsTheSessionsIdAndNothingElse()
    {
        _gate.SetResult();
        await using var page = await BeginAsync(_hub.App.Http, "raw");
        await page.SayAsync("힘들어요");
        await page.ShouldHearAsync(First + Rest);

        (await page.Page.EvaluateAsync<string[]>("[...Object.keys(sessionStorage), ...Object.keys(localStorage), document.cookie]"))
            .Should().Equal("bemore.session", "");
        (await page.Page.EvaluateAsync<int>("indexedDB.databases().then(all => all.length)")).Should().Be(0);
        page.ShouldBeWell();
    }

    private static async Task<TalkPage> BeginAsync(Uri address, string door)
    {
        var page = await TalkPage.OpenAsync(address);
        await page.BeginAsync();
        await page.ThroughAsync(door);
        return page;
    }

    private static async Task HearTheFirstAsync(TalkPage page)
    {
        await page.SayAsync("힘들어요");
        await Expect(page.Answers.Last).ToHaveTextAsync(First.Trim());
    }

    private async Task ShouldBeThereOnceAsync(TalkPage page)
    {
        await Expect(page.Said).ToHaveCountAsync(1);
        await Expect(page.Answers).ToHaveCountAsync(1);
        (await page.Announced.AllTextContentsAsync()).Where(said => said is "천천히 이야기해 볼까요." or Rest)
            .Should().Equal("천천히 이야기해 볼까요.", Rest);
        (await _hub.TurnsAsync(await page.SessionIdAsync())).Should().ContainSingle().Which.AiResponse.Should().Be(First + Rest);
    }
}
