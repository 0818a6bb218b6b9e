using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>Everybody can see and use the page: axe's rules in each state, in dark and in light, and on a narrow screen.</summary>
[Collection(PageWindow.Name)]
public sealed class PageLooksTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public static TheoryData<ColorScheme, int> Screens => new() { { ColorScheme.Light, 1280 }, { ColorScheme.Dark, 1280 }, { ColorScheme.Light, 320 }, { ColorScheme.Dark, 320 } };

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [MemberData(nameof(Screens))]
    public async Task InEveryStateNobodyIsLeftOutAndNothingIsWiderThanTheScreen(ColorScheme scheme, int width)
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http, profile =>
        {
            profile.ColorScheme = scheme;
            profile.ViewportSize = new() { Width = width, Height = 720 };
            // The rules ask how things look, not how they come to look so.
            profile.ReducedMotion = ReducedMotion.Reduce;
        });
        await ShouldBeForEverybodyAsync(page, "start");

        await page.BeginAsync();
        await ShouldBeForEverybodyAsync(page, "talk, empty");

        await page.ChooseEmotionAsync("두려움");
        await page.SayAsync("죽고 싶어요");
        await Expect(page.Answers.Last).ToContainTextAsync("조금 더 이야기해 주시겠어요?");
        _hub.Gemini.Next(GeminiFaults.Forbidden, GeminiFaults.Forbidden);
        await page.SayAsync(new string('가', 300));
        await Expect(page.Button("다시 보내기")).ToBeVisibleAsync();
        await ShouldBeForEverybodyAsync(page, "talk");

        await page.Button("기록").ClickAsync();
        await Expect(page.Page.Locator("#told li")).ToHaveCountAsync(2);
        await page.Page.GetByText("표로 보기").ClickAsync();
        await ShouldBeForEverybodyAsync(page, "record");

        await page.Button("개발자").ClickAsync();
        await page.Page.Locator("#frames summary").Last.ClickAsync();
        await Expect(page.Page.Locator("#frames pre")).ToBeVisibleAsync();
        await ShouldBeForEverybodyAsync(page, "developer");

        await page.Page.Keyboard.PressAsync("Escape");
        await page.Button("마치기").ClickAsync();
        await ShouldBeForEverybodyAsync(page, "dialog");

        await page.Page.Locator("#ask-end button[value=yes]").ClickAsync();
        await Expect(page.Standing).ToContainTextAsync("이야기를 마쳤어요");
        await ShouldBeForEverybodyAsync(page, "ended");

        await page.Button("모두 지우기").ClickAsync();
        await ShouldBeForEverybodyAsync(page, "dialog of erasing");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task DarkIsDarkAndLightIsLight()
    {
        (await PaperAsync(ColorScheme.Light)).Should().OnlyContain(part => part > 230);
        (await PaperAsync(ColorScheme.Dark)).Should().OnlyContain(part => part < 40);

        async Task<int[]> PaperAsync(ColorScheme scheme)
        {
            await using var page = await TalkPage.OpenAsync(_hub.App.Http, profile => profile.ColorScheme = scheme);
            return await page.Page.EvaluateAsync<int[]>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)");
        }
    }

    [Theory]
    [InlineData(ReducedMotion.NoPreference, true)]
    [InlineData(ReducedMotion.Reduce, false)]
    public async Task NothingMovesForWhomThatIsTooMuch(ReducedMotion wish, bool moves)
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http, profile => profile.ReducedMotion = wish);

        (await page.Page.EvaluateAsync<bool>("document.getAnimations().some(a => a.playState === 'running')")).Should().Be(moves);
    }

    [Fact]
    public async Task KoreanIsBrokenBetweenWordsAndNotWithin()
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http);

        (await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).wordBreak")).Should().Be("keep-all");
        (await page.Page.EvaluateAsync<string>("document.documentElement.lang")).Should().Be("ko");
    }

    private static async Task ShouldBeForEverybodyAsync(TalkPage page, string state)
    {
        (await Axe.ViolationsAsync(page.Page)).Should().BeEmpty(state);
        (await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth")).Should().BeLessThanOrEqualTo(0, state);
    }
}
