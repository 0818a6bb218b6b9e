using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace BeMore.Tests;

/// <summary>What the page shows of the wire to those who write clients.</summary>
[Collection(PageWindow.Name)]
public sealed class PageFramesTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        _hub.Gemini.Always(Gemini.Says("네."));
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task OfTheRawSocketEveryEnvelopeIsShownAsItPassed()
    {
        await using var page = await TalkAsync("raw");

        var shown = await CopyAsync(page);

        shown.Select(frame => $"{frame.Direction} {frame.Type}").Should().Equal(
            $"note 열림: /ws/session/{await page.SessionIdAsync()}",
            "out request_ai_response", "in ai_stream_begin", "in ai_stream_chunk", "in ai_stream_complete");
        shown[3].Text.Should().Be("""{"type":"ai_stream_chunk","data":{"chunk":"네."}}""");
        shown[3].Bytes.Should().Be(50, "Hangul takes three bytes in UTF-8");
        using var request = JsonDocument.Parse(shown[1].Text);
        request.RootElement.GetProperty("data").GetProperty("message").GetString().Should().Be("안녕하세요");
        request.RootElement.GetProperty("data").GetProperty("emotion").ValueKind.Should().Be(JsonValueKind.Null);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task OfSignalREveryHubMessageIsShown()
    {
        await using var page = await TalkAsync("signalr");

        var shown = await CopyAsync(page);

        // What the other door said before is there as well.
        shown.SkipWhile(frame => frame.Type != "열림: /hubs/counselling").Skip(1).Select(frame => $"{frame.Direction} {frame.Type}").Should().Equal(
            "out streamInvocation ResumeAiResponse", "in completion", "out streamInvocation RequestAiResponse",
            "in streamItem ai_stream_begin", "in streamItem ai_stream_chunk", "in streamItem ai_stream_complete", "in completion");
        shown.Single(frame => frame.Type == "streamItem ai_stream_chunk").Text.Should().Contain("\"chunk\":\"네.\"");
        page.ShouldBeWell();
    }

    [Fact]
    public async Task AFrameOpensItsJson()
    {
        await using var page = await TalkAsync("raw");
        await page.Button("개발자").ClickAsync();

        await page.Page.Locator("#frames summary").Filter(new() { HasText = "ai_stream_chunk" }).ClickAsync();

        await Expect(page.Page.GetByLabel("ai_stream_chunk의 JSON")).ToHaveTextAsync(
            "{\n  \"type\": \"ai_stream_chunk\",\n  \"data\": {\n    \"chunk\": \"네.\"\n  }\n}", new() { UseInnerText = true });
        var row = page.Page.Locator("#frames li").Filter(new() { HasText = "ai_stream_chunk" });
        await Expect(row.Locator(".facts-of")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^\d\d:\d\d:\d\d\.\d{3}\+\d+ ms50 B$"));
        page.ShouldBeWell();
    }

    [Fact]
    public async Task FramesAreFilteredAndCleared()
    {
        await using var page = await TalkAsync("raw");
        await page.Button("개발자").ClickAsync();
        var rows = page.Page.Locator("#frames li:visible");
        await Expect(rows).ToHaveCountAsync(5);

        await page.Page.GetByLabel("거르기").FillAsync("안녕하세요");
        await Expect(rows).ToHaveCountAsync(1);
        await page.Page.GetByLabel("거르기").FillAsync("AI_STREAM");
        await Expect(rows).ToHaveCountAsync(3);
        await page.Page.GetByLabel("거르기").FillAsync("");
        await page.Button("지우기").ClickAsync();
        await Expect(rows).ToHaveCountAsync(0);

        await page.SayAsync("또요");
        await Expect(rows).ToHaveCountAsync(4);
        page.ShouldBeWell();
    }

    [Fact]
    public async Task PingsAreShownToThoseWhoAsk()
    {
        await using var page = await TalkPage.OpenAsync(_hub.App.Http, before: FastPings);
        await page.BeginAsync();
        await page.Button("개발자").ClickAsync();
        var rows = page.Page.Locator("#frames li:visible");
        await Expect(rows).ToHaveCountAsync(1);

        await page.Page.GetByLabel("ping도").CheckAsync();

        await Expect(rows.Filter(new() { HasText = "pong" }).First).ToBeVisibleAsync();
        await Expect(rows.Filter(new() { HasText = "보냄 ping" }).First).ToBeVisibleAsync();
        page.ShouldBeWell();
    }

    /// <summary>A stand-in of time: what is to be done every 15 s is done every 50 ms.</summary>
    private const string FastPings = "const every = window.setInterval; window.setInterval = (act, ms) => every(act, ms === 15000 ? 50 : ms);";

    private async Task<TalkPage> TalkAsync(string door)
    {
        var page = await TalkPage.OpenAsync(_hub.App.Http, profile => profile.Permissions = ["clipboard-read", "clipboard-write"]);
        await page.BeginAsync();
        await page.ThroughAsync(door);
        await page.SayAsync("안녕하세요");
        await page.ShouldHearAsync("네.");
        return page;
    }

    private static async Task<IReadOnlyList<ShownFrame>> CopyAsync(TalkPage page)
    {
        await page.Button("개발자").ClickAsync();
        await page.Button("복사").ClickAsync();
        await Expect(page.Page.Locator("#frames-words")).ToContainTextAsync("복사했어요");
        var copied = await page.Page.EvaluateAsync<string>("navigator.clipboard.readText()");
        return [.. copied.Split('\n').Select(line => JsonSerializer.Deserialize<ShownFrame>(line, JsonSerializerOptions.Web)!)];
    }

    private sealed record ShownFrame(string Direction, long At, string Type, int Bytes, string Text);
}
