using System.Globalization;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>Whom Google asks to wait is left alone for so long by everybody.</summary>
public sealed class GeminiQuotaTests : IAsyncLifetime
{
    private readonly ObservedTime _time = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task AModelOverItsQuotaIsPassedOverUntilItIsOver()
    {
        _hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(37)));

        await _hub.TalkAsync(2);
        (await _hub.ModelInWordsAsync()).Should().EndWith($"; {FirstModel} is over its quota, asked again in 37 s");
        _time.Advance(TimeSpan.FromSeconds(37));
        await _hub.AskOnceAsync();

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, SecondModel, FirstModel);
    }

    [Fact]
    public async Task WhereBothAreOverTheirQuotaPeopleAreToldAtOnceAndNobodyIsAsked()
    {
        _hub.Gemini.Always(GeminiFaults.Exhausted(TimeSpan.FromSeconds(37)));

        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel);
        _hub.App.Logs.Named("GeminiKnownDown").Should().BeEmpty();
    }

    [Fact]
    public async Task WhoeverComesShortlyBeforeItIsOverWaitsForIt()
    {
        var exhausted = GeminiFaults.Exhausted(TimeSpan.FromSeconds(37));
        _hub.Gemini.Next(exhausted, exhausted);
        await _hub.AskOnceAsync();
        _time.Advance(TimeSpan.FromSeconds(36));

        var asking = _hub.AskOnceAsync();
        var waits = (await _hub.App.Logs.WaitForAsync(entry => entry.Event.Name == "GeminiTriedAgain" && entry.Value("Reason")!.Contains("was not asked"))).Value("DelayMs")!;
        // Polly waits whole milliseconds.
        var wait = TimeSpan.FromMilliseconds(Math.Floor(double.Parse(waits, CultureInfo.InvariantCulture)));
        await _time.WaitBeganAsync(wait);
        _time.Advance(wait);

        (await asking)[^1].Type.Should().Be(Frame.Complete);
        wait.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1)).And.BeLessThan(TimeSpan.FromSeconds(1.21));
        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, FirstModel);
    }

    [Fact]
    public async Task AQuotaOfADayIsLookedAtAgainAfterAMinute()
    {
        _hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromHours(9)));

        await _hub.AskOnceAsync();
        _time.Advance(TimeSpan.FromSeconds(60));
        await _hub.AskOnceAsync();

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, FirstModel);
    }
}
