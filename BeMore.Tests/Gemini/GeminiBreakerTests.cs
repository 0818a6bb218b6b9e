using Microsoft.Extensions.Time.Testing;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>While Gemini is known to be down people are told at once; that it answers again is found out by one turn at a time.</summary>
public sealed class GeminiBreakerTests : IAsyncLifetime
{
    private static readonly Dictionary<string, GeminiScript> NoOutage = new()
    {
        ["blocked prompt"] = Gemini.Blocks(),
        ["wrong request"] = GeminiFaults.InvalidArgument,
        ["over quota"] = GeminiFaults.Exhausted(TimeSpan.Zero),
        ["no words"] = Gemini.SaysAnEmptyText,
        ["broken in mid-answer"] = Gemini.Begins("저는 ").FailsInBand(),
    };

    // It stands still: no turn here waits for anything but Gemini.
    private readonly FakeTimeProvider _time = new(SaidAt);
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task WhoeverComesWhileGeminiIsKnownToBeDownIsToldAtOnce()
    {
        await GoDownAsync();
        _hub.Gemini.Always(Gemini.Hangs);
        var asked = _hub.Gemini.Requests.Count;

        var turns = new List<IReadOnlyList<Frame>>();
        while (turns.Count < 10)
        {
            turns.Add(await _hub.AskOnceAsync());
        }

        turns.Should().AllSatisfy(frames => frames.Types().Should().Equal(Frame.Begin, Frame.StreamError));
        turns.Should().OnlyContain(frames => frames[1].Code == "AI_UNAVAILABLE");
        _hub.Gemini.Requests.Should().HaveCount(asked);
        // The fastest: what else runs on the machine is not the question.
        turns.Min(frames => TimeProvider.System.GetElapsedTime(frames[0].ReceivedAt, frames[1].ReceivedAt))
            .Should().BeLessThan(TimeSpan.FromMilliseconds(50));
        _hub.App.Logs.Named("ModelFailed")[^1].Value("Failure").Should().Be("KnownDown");
    }

    [Fact]
    public async Task FiveFailuresInARowAreAnOutageAndTheLogAndHealthSaySoOnce()
    {
        (await _hub.ModelInWordsAsync()).Should().Be($"Gemini, {FirstModel}, then {SecondModel}");

        await GoDownAsync();
        await _hub.TalkAsync(3);

        _hub.Gemini.Models().Where(model => model == FirstModel).Should().HaveCount(5);
        _hub.Gemini.Models().Where(model => model == SecondModel).Should().HaveCount(5);
        var down = _hub.App.Logs.Named("GeminiKnownDown");
        down.Select(entry => entry.Value("Model")).Should().Equal(FirstModel, SecondModel);
        down.Should().OnlyContain(entry => entry.Value("Reason") == "Gemini answered 503 UNAVAILABLE");
        (await _hub.ModelInWordsAsync()).Should().Be(
            $"Gemini, {FirstModel}, then {SecondModel}"
            + $"; {FirstModel} is known to be down since 2024-01-10T16:00:00Z, asked again every 5 s"
            + $"; {SecondModel} is known to be down since 2024-01-10T16:00:00Z, asked again every 5 s");
    }

    [Fact]
    public async Task WhoeverHangsFiveTimesIsDownToo()
    {
        _hub.Gemini.Always(Gemini.Hangs);

        var asking = Enumerable.Range(0, 5).Select(_ => _hub.AskOnceAsync()).ToList();
        await _hub.Gemini.RequestAsync(4);
        _time.Advance(TimeSpan.FromSeconds(8));
        await _hub.Gemini.RequestAsync(9);
        _time.Advance(TimeSpan.FromSeconds(4));
        await Task.WhenAll(asking);

        _hub.App.Logs.Named("GeminiKnownDown").Select(entry => entry.Value("Model")).Should().Equal(FirstModel, SecondModel);
        (await _hub.AskOnceAsync())[^1].Code.Should().Be("AI_UNAVAILABLE");
        _hub.Gemini.Requests.Should().HaveCount(10);
    }

    [Fact]
    public async Task AfterThePauseOneTurnAsksAndNobodyElseWaitsForIt()
    {
        await GoDownAsync();
        var asked = _hub.Gemini.Requests.Count;
        var back = new TaskCompletionSource();
        _hub.Gemini.Always(Gemini.WaitsFor(back.Task).Says("다시 왔어요."));
        _time.Advance(TimeSpan.FromSeconds(5));

        var test = _hub.AskOnceAsync();
        (await _hub.Gemini.RequestAsync(asked)).Model.Should().Be(FirstModel);
        // The second model's pause is over too: it has a test of its own.
        var other = _hub.AskOnceAsync();
        (await _hub.Gemini.RequestAsync(asked + 1)).Model.Should().Be(SecondModel);
        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");
        // A test may last longer than the pause.
        _time.Advance(TimeSpan.FromSeconds(6));
        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");
        _hub.Gemini.Requests.Should().HaveCount(asked + 2);
        back.SetResult();

        (await test).Text().Should().Be("다시 왔어요.");
        (await other).Text().Should().Be("다시 왔어요.");
        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Type == Frame.Complete);
        _hub.App.Logs.Named("GeminiAnswersAgain").Select(entry => entry.Value("Model")).Should().BeEquivalentTo(FirstModel, SecondModel);
        (await _hub.ModelInWordsAsync()).Should().Be($"Gemini, {FirstModel}, then {SecondModel}");
    }

    [Fact]
    public async Task ATestThatFailsBeginsAnotherPause()
    {
        await GoDownAsync();
        var asked = _hub.Gemini.Requests.Count;
        _time.Advance(TimeSpan.FromSeconds(5));

        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");

        _hub.Gemini.Models().Skip(asked).Should().Equal(FirstModel, SecondModel);
        _hub.App.Logs.Named("GeminiKnownDown").Should().HaveCount(2);
        (await _hub.ModelInWordsAsync()).Should().Contain($"{FirstModel} is known to be down since 2024-01-10T16:00:00Z");
    }

    [Fact]
    public async Task ATestThatSomebodyCancelsProvesNothing()
    {
        await GoDownAsync();
        var asked = _hub.Gemini.Requests.Count;
        _hub.Gemini.Always(Gemini.Hangs);
        _time.Advance(TimeSpan.FromSeconds(5));
        await using var client = await _hub.ConnectAsync();
        await client.RequestAsync("여보세요");
        var test = await _hub.Gemini.RequestAsync(asked);

        await client.CancelAsync();
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);

        await test.Ended.WaitAsync(Pulse.Patience);
        _hub.App.Logs.Named("GeminiAnswersAgain").Should().BeEmpty();
        (await _hub.ModelInWordsAsync()).Should().Contain($"{FirstModel} is known to be down");
        _hub.Gemini.Always(Gemini.Says("네."));
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _hub.AskOnceAsync()).Text().Should().Be("네.");
    }

    [Fact]
    public async Task AModelThatIsDownIsPassedOverWhileTheOtherAnswers()
    {
        _hub.Gemini.AlwaysOf(FirstModel, GeminiFaults.OverloadedForAMoment);

        (await _hub.TalkAsync(5)).Should().OnlyContain(frame => frame.Type == Frame.Complete);

        _hub.Gemini.Models().Should().Equal(
            FirstModel, FirstModel, SecondModel, FirstModel, FirstModel, SecondModel, FirstModel, SecondModel, SecondModel, SecondModel);
        (await _hub.ModelInWordsAsync()).Should().EndWith("asked again every 30 s");
        var asked = _hub.Gemini.Requests.Count;

        // Whoever has a substitute is left alone for longer: each test makes one person wait.
        _time.Advance(TimeSpan.FromSeconds(29));
        await _hub.AskOnceAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await _hub.TalkAsync(2);

        _hub.Gemini.Models().Skip(asked).Should().Equal(SecondModel, FirstModel, SecondModel, SecondModel);
    }

    [Fact]
    public async Task AnAnswerInBetweenBeginsTheCountAnew()
    {
        for (var i = 0; i < 2; i++)
        {
            _hub.Gemini.Next(GeminiFaults.OverloadedForAMoment, GeminiFaults.OverloadedForAMoment, Gemini.Default);
            _hub.Gemini.Next(GeminiFaults.OverloadedForAMoment, GeminiFaults.OverloadedForAMoment, Gemini.Default);
            _hub.Gemini.Next(Gemini.Default);
            await _hub.TalkAsync(3);
        }

        _hub.Gemini.Models().Should().HaveCount(14);
        _hub.App.Logs.Named("GeminiKnownDown").Should().BeEmpty();
    }

    [Fact]
    public async Task FailuresFarApartAreNoOutage()
    {
        _hub.Gemini.AlwaysOf(FirstModel, GeminiFaults.OverloadedForAMoment);

        for (var i = 0; i < 5; i++)
        {
            await _hub.AskOnceAsync();
            _time.Advance(TimeSpan.FromSeconds(61));
        }

        _hub.Gemini.Models().Where(model => model == FirstModel).Should().HaveCount(10);
        _hub.App.Logs.Named("GeminiKnownDown").Should().BeEmpty();
    }

    [Theory]
    [InlineData("blocked prompt")]
    [InlineData("wrong request")]
    [InlineData("over quota")]
    [InlineData("no words")]
    [InlineData("broken in mid-answer")]
    public async Task WhateverElseGoesWrongIsNoOutage(string fault)
    {
        _hub.Gemini.Always(NoOutage[fault]);

        await _hub.TalkAsync(6);

        _hub.Gemini.Requests.Should().HaveCountGreaterThanOrEqualTo(6);
        _hub.App.Logs.Named("GeminiKnownDown").Should().BeEmpty();
        (await _hub.ModelInWordsAsync()).Should().Be($"Gemini, {FirstModel}, then {SecondModel}");
    }

    [Fact]
    public async Task AKeyThatIsRefusedTwiceIsKnownToBeRefused()
    {
        _hub.Gemini.Always(GeminiFaults.Forbidden);

        (await _hub.TalkAsync(4)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");

        _hub.Gemini.Requests.Should().HaveCount(2);
        _hub.App.Logs.Named("GeminiKeyRefused").Should().ContainSingle().Which.Message.Should().Contain("set GEMINI_API_KEY to");
        (await _hub.ModelInWordsAsync()).Should().Contain(
            "the key is refused since 2024-01-10T16:00:00Z, asked again every 5 s: set GEMINI_API_KEY to");

        _hub.Gemini.Always(Gemini.Default);
        _time.Advance(TimeSpan.FromSeconds(5));
        (await _hub.TalkAsync(2)).Should().OnlyContain(frame => frame.Type == Frame.Complete);
        _hub.App.Logs.Named("GeminiKeyAccepted").Should().ContainSingle();
        (await _hub.ModelInWordsAsync()).Should().Be($"Gemini, {FirstModel}, then {SecondModel}");
    }

    [Fact]
    public async Task OneRefusalOfTheKeyBetweenAnswersCostsNobodyElseATurn()
    {
        _hub.Gemini.Next(GeminiFaults.Forbidden, Gemini.Default, GeminiFaults.Forbidden, Gemini.Default);

        (await _hub.TalkAsync(4)).Select(frame => frame.Type).Should().Equal(Frame.StreamError, Frame.Complete, Frame.StreamError, Frame.Complete);

        _hub.App.Logs.Named("GeminiKeyRefused").Should().BeEmpty();
    }

    private async Task GoDownAsync()
    {
        _hub.Gemini.Always(GeminiFaults.OverloadedForAMoment);
        (await _hub.TalkAsync(4)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");
        _hub.App.Logs.Named("GeminiKnownDown").Should().HaveCount(2);
    }
}
