using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>The page at / in a real browser, as a person uses it.</summary>
internal sealed class TalkPage : IAsyncDisposable
{
    private readonly IBrowserContext _profile;
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _troubles = new();

    private TalkPage(IBrowserContext profile, IPage page, Uri address)
    {
        (_profile, Page, _address) = (profile, page, address);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _troubles.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => _troubles.Enqueue(error);
        page.Request += (_, request) =>
        {
            if (new Uri(request.Url).Authority != address.Authority)
            {
                _troubles.Enqueue($"A request to somebody else: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, violations of the content security policy among them, and requests to anybody else.</summary>
    public IReadOnlyList<string> Troubles => [.. _troubles];

    public ILocator Message => Page.GetByLabel("하고 싶은 이야기");

    /// <summary>What the person said, each time.</summary>
    public ILocator Said => Page.Locator(".said > .text");

    /// <summary>What was answered, each time.</summary>
    public ILocator Answers => Page.Locator(".answered > .text");

    /// <summary>How the session stands, where that is more than "go on".</summary>
    public ILocator Standing => Page.Locator("#standing");

    public ILocator Link => Page.Locator("#link");

    /// <summary>What a screen reader is told, sentence by sentence.</summary>
    public ILocator Announced => Page.Locator("#announcer > p");

    /// <param name="address">Of the hub, or of a relay before it.</param>
    /// <param name="options">Of the profile: the screen's size, dark or light.</param>
    /// <param name="before">A script that runs before the page's own, for stand-ins of what the browser has.</param>
    public static async Task<TalkPage> OpenAsync(Uri address, Action<BrowserNewContextOptions>? options = null, string? before = null)
    {
        var browser = await Chromium.Shared;
        var profileOptions = new BrowserNewContextOptions
        {
            Locale = "ko-KR",
            TimezoneId = "Asia/Seoul",
            ViewportSize = new() { Width = 1280, Height = 800 },
        };
        options?.Invoke(profileOptions);
        var profile = await browser.NewContextAsync(profileOptions);
        profile.SetDefaultTimeout((float)Pulse.Patience.TotalMilliseconds * 2);
        if (before is not null)
        {
            await profile.AddInitScriptAsync(before);
        }

        var page = new TalkPage(profile, await profile.NewPageAsync(), address);
        await page.Page.GotoAsync($"{address}");
        return page;
    }

    /// <summary>The same page in one more tab, with what this one keeps in the browser, as when somebody duplicates a tab.</summary>
    public async Task<TalkPage> DuplicateAsync()
    {
        var kept = await Page.EvaluateAsync<string>("sessionStorage.getItem('bemore.session')");
        var page = new TalkPage(_profile, await _profile.NewPageAsync(), _address);
        await page.Page.AddInitScriptAsync($"sessionStorage.setItem('bemore.session', '{kept}')");
        await page.Page.GotoAsync($"{_address}");
        return page;
    }

    /// <summary>A button by its name, wherever it can be seen.</summary>
    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>Reads the notice, begins, and waits for the connection.</summary>
    public async Task BeginAsync()
    {
        await Button("네, 알겠어요. 시작할게요").ClickAsync();
        await ShouldBeOpenAsync();
    }

    /// <summary>Goes on through a door: raw or signalr.</summary>
    public async Task ThroughAsync(string door)
    {
        if (door == "signalr")
        {
            await Button("개발자").ClickAsync();
            await Page.Locator("input[name=door][value=signalr]").CheckAsync();
            await Expect(Page.Locator("#frames")).ToContainTextAsync("열림: /hubs/counselling");
            await Page.Keyboard.PressAsync("Escape");
            await ShouldBeOpenAsync();
        }
    }

    public Task ShouldBeOpenAsync() => Expect(Link).ToHaveTextAsync("이어져 있어요");

    /// <summary>Says something, and waits for nothing.</summary>
    public async Task SayAsync(string message)
    {
        await Message.FillAsync(message);
        await Message.PressAsync("Enter");
    }

    /// <summary>The latest answer is this, and it is whole.</summary>
    public async Task ShouldHearAsync(string answer)
    {
        await Expect(Answers.Last).ToHaveTextAsync(answer);
        await Expect(Button("멈추기")).ToBeHiddenAsync();
    }

    public async Task ChooseEmotionAsync(string words) => await Page.GetByLabel(words, new() { Exact = true }).CheckAsync(new() { Force = true });

    public async Task<string> SessionIdAsync() => await Page.EvaluateAsync<string>("sessionStorage.getItem('bemore.session')");

    /// <summary>Nothing went wrong that nobody looks at.</summary>
    /// <param name="expected">What may have, because the test saw to it: the beginnings of lines.</param>
    public void ShouldBeWell(params string[] expected) =>
        Troubles.Where(trouble => !expected.Any(known => trouble.StartsWith(known, StringComparison.Ordinal))).Should().BeEmpty();

    public async ValueTask DisposeAsync() => await _profile.CloseAsync();
}
