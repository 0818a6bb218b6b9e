using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>GEMINI_HEDGE_AFTER_MS: where the first words are late the other model is asked beside, and one of them answers, alone.</summary>
public sealed class GeminiHedgeTests : IAsyncLifetime
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(900);

    // It stands still until a test moves it: what is late is late because the test says so.
    private readonly ObservedTime _time = new();
    private readonly TaskCompletionSource _gate = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_HEDGE_AFTER_MS"] = "900" }, _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task WithoutTheSettingNobodyIsAskedBeside()
    {
        await using var hub = await TestHub.StartAsync(time: _time);
        hub.Gemini.Next(Gemini.WaitsFor(_gate.Task).Says("천천히 왔어요."));

        var asking = AskAsync(hub);
        await hub.Gemini.RequestAsync();
        _time.Advance(TimeSpan.FromSeconds(7));
        _gate.SetResult();

        (await asking).ShouldBeAnswered("천천히 왔어요.");
        hub.Gemini.Models().Should().Equal(FirstModel);
    }

    [Fact]
    public async Task WhoeverIsInTimeAnswersAlone()
    {
        var outcome = await AskAsync(_hub);

        outcome.Frames[^1].Type.Should().Be(Frame.Complete);
        outcome.Models.Should().Equal(FirstModel);
        _hub.App.Logs.Named("GeminiAskedBeside").Should().BeEmpty();
    }

    [Fact]
    public async Task WhereTheFirstIsLateTheOtherMayAnswerAndTheFirstIsLeft()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.HangsAfterTheHeaders);
        _hub.Gemini.AlwaysOf(SecondModel, Gemini.Begins("여기 ").Finishes("STOP", "있어요."));

        var asking = AskAsync(_hub);
        await BeLateAsync();
        var outcome = await asking;

        outcome.ShouldBeAnswered("여기 있어요.");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        (await outcome.Asked[0].Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub left it");
        (await outcome.Asked[1].Ended.WaitAsync(Pulse.Patience)).Should().BeFalse("it was heard to its end");
        _hub.App.Logs.Named("TurnEnded").Single().Value("OutputTokens").Should().Be("14", "the winner's alone are counted");
        var beside = _hub.App.Logs.Named("GeminiAskedBeside").Should().ContainSingle().Subject;
        beside.Value("Model").Should().Be(SecondModel);
        beside.Value("LateModel").Should().Be(FirstModel);
        _hub.App.Logs.Named("GeminiTriedAgain").Should().BeEmpty();
    }

    [Fact]
    public async Task WhereTheFirstIsLateItMayStillAnswerAndTheOtherIsLeft()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.WaitsFor(_gate.Task).Says("이제 ", "왔어요."));
        _hub.Gemini.AlwaysOf(SecondModel, Gemini.Thinks("음…").Stalls());

        var asking = AskAsync(_hub);
        await BeLateAsync();
        var other = await _hub.Gemini.RequestAsync(1);
        _gate.SetResult();
        var outcome = await asking;

        outcome.ShouldBeAnswered("이제 왔어요.");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        (await other.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub left it");
    }

    [Fact]
    public async Task WhereTheOtherFailsTheFirstMayStillAnswer()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.WaitsFor(_gate.Task).Says("이제 ", "왔어요."));
        _hub.Gemini.AlwaysOf(SecondModel, GeminiFaults.Overloaded);

        var asking = AskAsync(_hub);
        await BeLateAsync();
        await (await _hub.Gemini.RequestAsync(1)).Ended.WaitAsync(Pulse.Patience);
        _gate.SetResult();

        (await asking).ShouldBeAnswered("이제 왔어요.");
        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel);
    }

    [Fact]
    public async Task WhereTheFirstFailsTheOtherMayStillAnswer()
    {
        var fails = new TaskCompletionSource();
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.WaitsFor(fails.Task).Then(GeminiFaults.Overloaded));
        _hub.Gemini.AlwaysOf(SecondModel, Gemini.WaitsFor(_gate.Task).Says("여기 ", "있어요."));

        var asking = AskAsync(_hub);
        await BeLateAsync();
        await _hub.Gemini.RequestAsync(1);
        fails.SetResult();
        await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience);
        _gate.SetResult();

        (await asking).ShouldBeAnswered("여기 있어요.");
        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel);
    }

    [Fact]
    public async Task WhereBothFailAnotherTryIsMade()
    {
        _hub.Gemini.Next(
            Gemini.WaitsFor(_gate.Task).Then(GeminiFaults.OverloadedForAMoment),
            Gemini.WaitsFor(_gate.Task).Then(GeminiFaults.OverloadedForAMoment),
            Gemini.Says("다시 ", "왔어요."));

        var asking = AskAsync(_hub);
        await BeLateAsync();
        await _hub.Gemini.RequestAsync(1);
        _gate.SetResult();

        (await asking).ShouldBeAnswered("다시 왔어요.");
        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, FirstModel);
        _hub.App.Logs.Named("GeminiTriedAgain").Should().ContainSingle();
    }

    [Fact]
    public async Task WhereBothHangThePersonIsToldWhenTheTimeForAllTriesIsOver()
    {
        _hub.Gemini.Always(Gemini.Hangs);

        var asking = AskAsync(_hub);
        await BeLateAsync();
        await _hub.Gemini.RequestAsync(1);
        _time.Advance(TimeSpan.FromSeconds(12));
        var outcome = await asking;

        outcome.Frames[^1].Code.Should().Be("AI_UNAVAILABLE");
        await _hub.Gemini.WaitForOpenStreamsAsync(0);
    }

    [Fact]
    public async Task AModelThatIsGoneIsNotAskedBeside()
    {
        _hub.Gemini.AlwaysOf(SecondModel, GeminiFaults.NoSuchModel(SecondModel));
        _hub.Gemini.Next(GeminiFaults.OverloadedForAMoment, GeminiFaults.OverloadedForAMoment);
        await _hub.AskOnceAsync();
        var asked = _hub.Gemini.Requests.Count;
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.WaitsFor(_gate.Task).Says("이제 ", "왔어요."));

        var asking = _hub.AskOnceAsync();
        await _hub.Gemini.RequestAsync(asked);
        await _time.WaitBeganAsync(Late, asked);
        _time.Advance(Late);
        _gate.SetResult();

        (await asking).Text().Should().Be("이제 왔어요.");
        _hub.Gemini.Models().Skip(asked).Should().Equal(FirstModel);
    }

    [Fact]
    public async Task WhereBothSpeakInTheSameMomentOneIsHeard()
    {
        for (var turn = 0; turn < 20; turn++)
        {
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _hub.Gemini.AlwaysOf(FirstModel, Gemini.WaitsFor(gate.Task).Says("하나 ", "하나 ", "하나"));
            _hub.Gemini.AlwaysOf(SecondModel, Gemini.WaitsFor(gate.Task).Says("둘 ", "둘 ", "둘"));

            var asking = _hub.AskOnceAsync();
            await _hub.Gemini.RequestAsync(turn * 2);
            await _time.WaitBeganAsync(Late, turn + 1);
            _time.Advance(Late);
            await _hub.Gemini.RequestAsync((turn * 2) + 1);
            gate.SetResult();

            (await asking).Text().Should().BeOneOf("하나 하나 하나", "둘 둘 둘");
        }

        await _hub.Gemini.WaitForOpenStreamsAsync(0);
    }

    /// <summary>The first request is there, and is waited for; then the time is over in which it may be alone.</summary>
    private async Task BeLateAsync()
    {
        await _hub.Gemini.RequestAsync();
        await _time.WaitBeganAsync(Late);
        _time.Advance(Late);
    }
}
