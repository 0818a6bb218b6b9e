using BeMore.Gemini;
using Microsoft.Extensions.Time.Testing;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>Gemini hangs. Before the first words another try is made; afterwards nothing is said twice.</summary>
public sealed class GeminiDeadlineTests
{
    private static readonly Dictionary<string, GeminiScript> Hangs = new()
    {
        ["before the headers"] = Gemini.Hangs,
        ["after the headers"] = Gemini.HangsAfterTheHeaders,
        ["after a thought"] = Gemini.Thinks("음…").Stalls(),
    };

    [Theory]
    [InlineData("before the headers")]
    [InlineData("after the headers")]
    [InlineData("after a thought")]
    public async Task WhoeverGivesNoFirstWordsInTimeIsLeftForTheOtherModel(string where)
    {
        var time = new FakeTimeProvider(SaidAt);
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_FIRST_CHUNK_TIMEOUT_MS"] = "700" }, time);
        hub.Gemini.Next(Hangs[where], Gemini.Says("말씀하세요."));

        var asking = AskAsync(hub);
        var hung = await hub.Gemini.RequestAsync();
        time.Advance(TimeSpan.FromMilliseconds(700));
        var outcome = await asking;

        outcome.ShouldBeAnswered("말씀하세요.");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        (await hung.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub left it");
        hub.App.Logs.Named("GeminiTriedAgain").Should().ContainSingle().Which.Value("Model").Should().Be(SecondModel);
    }

    [Theory]
    [InlineData("before the headers")]
    [InlineData("after the headers")]
    [InlineData("after a thought")]
    public async Task WhereBothModelsHangThePersonIsToldWhenTheTimeForAllTriesIsOver(string where)
    {
        var time = new FakeTimeProvider(SaidAt);
        // The defaults: 8 s for a try, 12 s for all.
        await using var hub = await TestHub.StartAsync(time: time);
        hub.Gemini.Always(Hangs[where]);

        var asking = AskAsync(hub);
        await hub.Gemini.RequestAsync(0);
        time.Advance(TimeSpan.FromSeconds(8));
        await hub.Gemini.RequestAsync(1);
        time.Advance(TimeSpan.FromSeconds(4));
        var outcome = await asking;

        outcome.ShouldBeUnavailable("TimedOut", "Gemini gave no first words within 12000 ms.");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        await hub.Gemini.WaitForOpenStreamsAsync(0);
    }

    [Fact]
    public async Task TheTimeForAllTriesAlsoEndsTheFirst()
    {
        var time = new FakeTimeProvider(SaidAt);
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_ANSWER_START_TIMEOUT_MS"] = "500" }, time);
        hub.Gemini.Always(Gemini.Hangs);

        var asking = AskAsync(hub);
        await hub.Gemini.RequestAsync();
        time.Advance(TimeSpan.FromMilliseconds(500));
        var outcome = await asking;

        outcome.ShouldBeUnavailable("TimedOut", "Gemini gave no first words within 500 ms.");
        outcome.Models.Should().Equal(FirstModel);
        await hub.Gemini.WaitForOpenStreamsAsync(0);
    }

    [Fact]
    public async Task WhatWasSaidBeforeGeminiFellSilentIsKept()
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "100" });
        hub.Gemini.Next(Gemini.Begins("많이 힘드셨겠어요. ").Stalls());

        var outcome = await AskAsync(hub);

        outcome.ShouldBeUnavailable("TimedOut", "Gemini fell silent for 100 ms in mid-answer.", "많이 힘드셨겠어요. ");
        outcome.Models.Should().Equal(FirstModel);
        (await outcome.Asked[0].Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub left it");
    }

    [Fact]
    public async Task AnAnswerThatSaidItIsFinishedIsWholeAlsoIfItsStreamNeverEnds()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(Gemini.Begins("말씀해 주셔서 ").Finishes("STOP", "고마워요.").Stalls());

        var outcome = await AskAsync(hub);

        outcome.ShouldBeAnswered("말씀해 주셔서 고마워요.");
        (await outcome.Asked[0].Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub left it");
    }

    [Fact]
    public async Task ABlockedPromptIsAnsweredAtOnceAlsoIfItsStreamNeverEnds()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(Gemini.Blocks().Stalls());

        var outcome = await AskAsync(hub);

        outcome.ShouldBeAnswered(SupportiveEnding.InsteadOfBlocked);
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task OnceTheFirstWordsAreThereTheirDeadlinesAreOver()
    {
        var time = new FakeTimeProvider(SaidAt);
        var gate = new TaskCompletionSource();
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, time);
        hub.Gemini.Next(Gemini.Begins("천천히 ").WaitsFor(gate.Task).Says("말씀하세요."));
        var firstChunk = new TaskCompletionSource();

        var asking = AskAsync(hub, firstChunk);
        await firstChunk.Task.WaitAsync(Pulse.Patience);
        time.Advance(TimeSpan.FromSeconds(60));
        gate.SetResult();
        var outcome = await asking;

        outcome.ShouldBeAnswered("천천히 말씀하세요.");
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task CancellingWhileTheNextTryIsWaitedForEndsTheTurn()
    {
        // The clock stands still: the wait that Gemini asked for never ends by itself.
        await using var hub = await TestHub.StartAsync(time: new FakeTimeProvider());
        hub.Gemini.Always(GeminiFaults.Exhausted(TimeSpan.FromSeconds(1.5)));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("아니에요");
        await hub.App.Logs.WaitForAsync(entry => entry.Event.Name == "GeminiTriedAgain");

        await client.CancelAsync();

        (await client.ReadTurnAsync()).Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.Complete);
        hub.Gemini.Requests.Should().ContainSingle();
        hub.App.Logs.Named("TurnEnded").Should().ContainSingle().Which.Value("Outcome").Should().Be("INTERRUPTED");
    }
}
