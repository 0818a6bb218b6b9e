using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>protocol.md, section 3, "Pace": when pieces leave.</summary>
public sealed class PacingTests
{
    private const int Interval = 50;

    private static readonly string[] Sentences =
        ["오늘 하루도 많이 지치셨겠어요. ", "그 마음을 조금 더 들려주시겠어요? ", "잠을 못 이루신 지는 얼마나 되셨나요? ", "함께 천천히 생각해 봐요."];

    /// <summary>Too short to be cut.</summary>
    private static readonly string[] Phrases = ["그러셨군요. ", "많이 힘드셨겠어요. ", "그래도 괜찮아요, "];

    [Fact]
    public async Task TheFirstPieceLeavesAtOnce()
    {
        var answer = await PacedAnswer.RunAsync(Interval, (0, Sentences[0]), (400, Sentences[1]));

        answer.Pieces[0].AtMs.Should().Be(0);
    }

    [Theory]
    [InlineData("네")]
    [InlineData("많이 힘")]
    [InlineData(" ")]
    public async Task TheFirstPieceIsNotHeldBackUntilAPhraseIsWhole(string first)
    {
        var answer = await PacedAnswer.RunAsync(Interval, (7, first), (900, "드셨겠어요."));

        answer.Pieces.Should().Equal((7, first), (900, "드셨겠어요."));
    }

    [Fact]
    public async Task WhatComesTogetherLeavesAnIntervalApart()
    {
        var answer = await PacedAnswer.RunAsync(Interval, [.. Sentences.Select(sentence => (0, sentence))]);

        answer.Pieces.Select(piece => piece.AtMs).Should().StartWith([0, 50, 100, 150]);
        ShouldBeApart(answer);
        answer.Said.Should().Be(string.Concat(Sentences));
    }

    [Fact]
    public async Task TheIntervalIsADistanceAndNotASleepAfterEachPiece()
    {
        // 20 ms of the interval are over when the next sentence comes, and all of it when the third does.
        var answer = await PacedAnswer.RunAsync(Interval, (0, Phrases[0]), (20, Phrases[1]), (110, Phrases[2]), (130, Phrases[0]), (400, "끝."));

        answer.Pieces.Select(piece => piece.AtMs).Should().Equal(0, 50, 110, 160, 400);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task AtWhicheverMillisecondAnAnswerBeginsItsPiecesAreTheIntervalApartGiveOrTakeAStepOfTheClock(int beginsAtMs)
    {
        var answer = await PacedAnswer.RunAsync(Interval, [.. Sentences.Select(sentence => (beginsAtMs, sentence))]);

        answer.Pieces[0].AtMs.Should().Be(beginsAtMs);
        answer.Pieces.Should().HaveCountGreaterThan(3);
        answer.Pieces.Zip(answer.Pieces.Skip(1), (one, next) => next.AtMs - one.AtMs).Should().OnlyContain(distance => distance >= Interval - 1 && distance < Interval + 10);
        answer.Said.Should().Be(string.Concat(Sentences));
    }

    [Fact]
    public async Task WhatComesAtOnceIsGivenOutWithinAThirdOfASecond()
    {
        var answer = await PacedAnswer.RunAsync(Interval, (0, string.Concat(Enumerable.Repeat(string.Concat(Sentences), 20))));

        answer.Pieces.Should().HaveCountGreaterThan(4);
        answer.BehindMs.Should().BeLessThanOrEqualTo(350);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(500)]
    public async Task ASlowModelIsNotSlowedDown(int everyMs)
    {
        var script = Enumerable.Range(0, 20).Select(i => (i * everyMs, Phrases[i % 3])).ToArray();

        var answer = await PacedAnswer.RunAsync(Interval, script);

        answer.Pieces.Should().Equal(script);
        answer.BehindMs.Should().Be(0);
    }

    [Theory]
    [InlineData(20_000, 50)]
    [InlineData(20_000, 100)]
    [InlineData(20_000, 1000)]
    [InlineData(3_000, 50)]
    public async Task HoweverMuchComesAtOnceTheEndIsAtMostTwoSecondsBehind(int characters, int intervalMs)
    {
        var text = string.Concat(Enumerable.Repeat(string.Concat(Sentences), 1 + (characters / 70)))[..characters];

        var answer = await PacedAnswer.RunAsync(intervalMs, (0, text));

        answer.Pieces[0].AtMs.Should().Be(0);
        answer.BehindMs.Should().BeLessThanOrEqualTo(2000);
        ShouldBeApart(answer, intervalMs);
        answer.Said.Should().Be(text);
        answer.Texts.SkipLast(1).Should().OnlyContain(piece => piece.EndsWith(' '));
    }

    [Fact]
    public async Task AFastModelIsNeverMoreThanTwoSecondsAheadAtItsEnd()
    {
        // 300 sentences in 3 s: five times what one sentence an interval would carry.
        var script = Enumerable.Range(0, 300).Select(i => (i * 10, Sentences[i % 3])).ToArray();

        var answer = await PacedAnswer.RunAsync(Interval, script);

        answer.BehindMs.Should().BeLessThanOrEqualTo(2000);
        ShouldBeApart(answer);
        answer.Said.Should().Be(string.Concat(script.Select(said => said.Item2)));
    }

    [Fact]
    public async Task AShortAnswerHasNoMoreDelayThanItsPiecesNeed()
    {
        var answer = await PacedAnswer.RunAsync(Interval, (0, "네. "), (0, "그러셨군요."));

        answer.Pieces.Should().Equal((0, "네. "), (50, "그러셨군요."));
    }

    [Fact]
    public async Task WithoutAnIntervalPiecesPassAsTheyComeAndTogetherIfTheyCameTogether()
    {
        (int, string)[] script = [(0, "많"), (0, "이 힘드셨"), (10, "겠어"), (30, "요. 함"), (31, "께")];

        (await PacedAnswer.RunAsync(0, script)).Pieces.Should().Equal((0, "많이 힘드셨"), (10, "겠어"), (30, "요. 함"), (31, "께"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Interval)]
    public async Task AnAnswerWithoutTextHasNoPieces(int intervalMs)
    {
        (await PacedAnswer.RunAsync(intervalMs)).Pieces.Should().BeEmpty();
        (await PacedAnswer.RunAsync(intervalMs, (0, ""), (80, ""))).Pieces.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Interval)]
    public async Task WhereTheModelBreaksEverythingItSaidIsGivenOutFirst(int intervalMs)
    {
        // The last syllable is jamo of which more could come.
        (int, string)[] script = [(0, Sentences[0]), (0, Sentences[1]), (5, Sentences[2]), (6, "그리고 \u1100\u1161")];

        var answer = await PacedAnswer.RunAsync(intervalMs, script, _ => Task.FromException(new IOException("cut")));

        answer.Failure.Should().BeOfType<IOException>().Which.Message.Should().Be("cut");
        answer.Said.Should().Be(string.Concat(script.Select(said => said.Item2)));
        answer.Texts.Should().OnlyContain(piece => piece.Length > 0);
        answer.ModelWasDisposed.Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Interval)]
    public async Task AModelThatBreaksAtOnceGivesNothing(int intervalMs)
    {
        var answer = await PacedAnswer.RunAsync(intervalMs, [], _ => Task.FromException(new IOException("cut")));

        answer.Failure.Should().BeOfType<IOException>();
        answer.Pieces.Should().BeEmpty();
        answer.ModelWasDisposed.Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Interval)]
    public async Task CancellingEndsAnAnswerThatWaitsForItsModel(int intervalMs)
    {
        var answer = await PacedAnswer.RunAsync(
            intervalMs, [(0, "많이 힘드셨겠어요. "), (0, "\u1100")], cancellation => Task.Delay(Timeout.Infinite, cancellation), cancelAtMs: 20);

        answer.Failure.Should().BeAssignableTo<OperationCanceledException>();
        answer.Pieces.Should().Equal((0, "많이 힘드셨겠어요. "));
        answer.ModelWasDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task CancellingGivesOutNothingOfWhatStillWaits()
    {
        var answer = await PacedAnswer.RunAsync(
            Interval, [.. Enumerable.Range(0, 40).Select(i => (0, Sentences[i % 3]))], _ => Task.CompletedTask, cancelAtMs: 120);

        answer.Failure.Should().BeAssignableTo<OperationCanceledException>();
        answer.Pieces.Select(piece => piece.AtMs).Should().Equal(0, 50, 100);
        answer.ModelWasDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task OnTheSocketChunksAreTheIntervalApart()
    {
        var time = new FakeTimeProvider();
        // 50 ms is the default.
        await using var hub = await TestHub.StartAsync(new() { ["STREAM_CHUNK_INTERVAL_MS"] = null }, time);
        var text = string.Concat(Sentences);
        hub.Gemini.Next(Gemini.Says(text));
        await using var client = await hub.ConnectAsync();

        await client.RequestAsync("안녕하세요");
        await client.ReadUntilAsync(frame => frame.Type == Frame.ChunkType);
        var passedMs = 0;
        while (client.Received.Text().Length < text.Length)
        {
            passedMs.Should().BeLessThan(5000, "the end is at most 2 s behind; received: {0}", string.Join(' ', client.Received.Types()));
            // The pong is the sign that the host has had its turn. It may take several: chunks only become later by that, never earlier.
            await client.PingAsync();
            await client.ReadUntilAsync(frame => frame.Type == "pong");
            client.Received.Count(frame => frame.Type == Frame.ChunkType).Should().BeLessThanOrEqualTo(1 + (passedMs / Interval));
            time.Advance(TimeSpan.FromMilliseconds(10));
            passedMs += 10;
        }

        if (!client.Received.Any(frame => frame.EndsATurn))
        {
            await client.ReadTurnAsync();
        }

        client.Received.Single(frame => frame.EndsATurn).Type.Should().Be(Frame.Complete);
        client.Received.Text().Should().Be(text);
        client.Received.Count(frame => frame.Type == Frame.ChunkType).Should().BeGreaterThan(3);
        (await hub.TurnsAsync()).Single().AiResponse.Should().Be(text);
        hub.App.Logs.Named("TurnEnded").Single().Value("TotalMs").Should().Match(ms => double.Parse(ms, CultureInfo.InvariantCulture) >= 150);
    }

    private static void ShouldBeApart(PacedAnswer answer, int intervalMs = Interval) =>
        answer.Pieces.Zip(answer.Pieces.Skip(1), (one, next) => next.AtMs - one.AtMs).Should().OnlyContain(distance => distance >= intervalMs);
}
