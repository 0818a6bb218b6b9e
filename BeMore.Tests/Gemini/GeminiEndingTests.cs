using BeMore.Gemini;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>How answers end: whoever speaks of something hard never meets silence, and what Gemini said stays as it is.</summary>
public sealed class GeminiEndingTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [InlineData("SAFETY")]
    [InlineData("PROHIBITED_CONTENT")]
    [InlineData("OTHER")]
    [InlineData("A_REASON_OF_TOMORROW")]
    public async Task ABlockedPromptIsAnsweredWithASupportiveSentence(string reason)
    {
        _hub.Gemini.Next(Gemini.Blocks(reason));

        await ShouldEndByFilterAsync(SupportiveEnding.InsteadOfBlocked, shown: 0);
    }

    [Theory]
    [InlineData("SAFETY")]
    [InlineData("PROHIBITED_CONTENT")]
    [InlineData("SPII")]
    public async Task AnAnswerThatIsFilteredBeforeTheFirstWordIsASupportiveSentence(string reason)
    {
        _hub.Gemini.Next(Gemini.Finishes(reason));

        await ShouldEndByFilterAsync(SupportiveEnding.InsteadOfBlocked, shown: 0);
    }

    [Theory]
    [InlineData("SAFETY")]
    [InlineData("RECITATION")]
    [InlineData("BLOCKLIST")]
    public async Task AnAnswerThatIsFilteredInTheMiddleEndsWithASupportiveSentence(string reason)
    {
        _hub.Gemini.Next(Gemini.Begins("그 마음을 ", "억누르지").Finishes(reason));

        await ShouldEndByFilterAsync("그 마음을 억누르지 " + SupportiveEnding.AfterBreakingOff, shown: 10);
    }

    [Fact]
    public async Task TextThatComesWithTheFilterIsShownBeforeTheSupportiveSentence()
    {
        _hub.Gemini.Next(Gemini.Begins("그 마음을 ").Finishes("SAFETY", "이해해요. "));

        await ShouldEndByFilterAsync("그 마음을 이해해요. " + SupportiveEnding.AfterBreakingOff, shown: 12);
    }

    [Theory]
    [InlineData("STOP")]
    [InlineData("MAX_TOKENS")]
    [InlineData("OTHER")]
    [InlineData("A_REASON_OF_TOMORROW")]
    public async Task AnAnswerWithoutAWordIsASupportiveSentence(string reason)
    {
        _hub.Gemini.Next(Gemini.Thinks("무슨 말을 할까").Finishes(reason, ""));

        await ShouldEndByFilterAsync(SupportiveEnding.InsteadOfNothing, shown: 0);
    }

    [Theory]
    [InlineData("OTHER")]
    [InlineData("MAX_TOKENS")]
    [InlineData("LANGUAGE_OF_TOMORROW")]
    [InlineData("MALFORMED_FUNCTION_CALL")]
    public async Task WhateverElseEndsAnAnswerLeavesItAsItIs(string reason)
    {
        _hub.Gemini.Next(Gemini.Begins("오늘은 ").Finishes(reason, "여기까지 이야기"));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("오늘은 여기까지 이야기");
        outcome.Models.Should().Equal(FirstModel);
        _hub.App.Logs.Named("AnswerEndedByFilter").Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("FINISH_REASON_UNSPECIFIED")]
    public async Task AReasonThatIsNoneEndsNothing(string reason)
    {
        _hub.Gemini.Next(Gemini.Finishes(reason, "오늘은 ").Says("여기까지예요."));

        (await AskAsync(_hub)).ShouldBeAnswered("오늘은 여기까지예요.");
    }

    [Fact]
    public async Task ThoughtsAreNeverShown()
    {
        _hub.Gemini.Next(Gemini.Thinks("사용자는 우울하다. ").Begins("많이 ").Thinks("위로해야 한다. ").Says("지치셨군요."));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("많이 지치셨군요.");
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task ThoughtsAreNotShownWhereTheyComeWithWords()
    {
        _hub.Gemini.Next(Gemini
            .Sends("""{"candidates":[{"content":{"parts":[{"text":"생각","thought":true},{"text":"지치"},{},{"inlineData":{}},{"text":"셨군요."}]}}]}""")
            .Finishes("STOP"));

        (await AskAsync(_hub)).ShouldBeAnswered("지치셨군요.");
    }

    [Fact]
    public async Task EventsWithoutTextAreNoPieces()
    {
        _hub.Gemini.Next(Gemini.Sends("{}").Sends("""{"candidates":[]}""").Begins("많이 ").Sends("""{"candidates":[{}]}""").Says("", "지치셨군요.")
            .Sends("""{"usageMetadata":{"totalTokenCount":5}}"""));

        (await AskAsync(_hub)).ShouldBeAnswered("많이 지치셨군요.");
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public async Task HoweverTheBytesArriveTheAnswerIsWhole(string lineEnd)
    {
        _hub.Gemini.Next(Gemini.Says("괜찮아요 🙂 ", "\"천천히\"\n말씀하세요 👩‍👩‍👧.").WithLineEnd(lineEnd).WithKeepAlives().ByteByByte());

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("괜찮아요 🙂 \"천천히\"\n말씀하세요 👩‍👩‍👧.");
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task AnAnswerThatPostgreSqlCouldNotKeepIsMendedBeforeItIsShown()
    {
        _hub.Gemini.Next(Gemini.Says("많이\0 ", "\0", "지치셨군요."));

        (await AskAsync(_hub)).ShouldBeAnswered("많이 지치셨군요.");
    }

    private async Task ShouldEndByFilterAsync(string answer, int shown)
    {
        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered(answer);
        outcome.Models.Should().Equal(FirstModel);
        _hub.App.Logs.Named("AnswerEndedByFilter").Should().ContainSingle().Which.Value("Characters").Should().Be($"{shown}");
    }
}
