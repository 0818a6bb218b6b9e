using System.Text;

namespace BeMore.Tests;

/// <summary>protocol.md, sections 1.1 and 3: where pieces are cut.</summary>
public sealed class PhraseTests
{
    private const string Nfd = "\u1112\u1161\u11AB\u1100\u1173\u11AF"; // 한글, each syllable as three jamo
    private const string Family = "👩‍👩‍👧";
    private const string HeartOnFire = "❤\uFE0F‍🔥";

    private static readonly string[] Words =
    [
        "많이", "힘드셨겠어요.", "그", "마음을", "네,", "정말?", "…", "a", "well-being", "3.5", Nfd, "\u1100\u1161", Family, HeartOnFire, "👍🏽", "🇰🇷", "𠮷",
        "e\u0301", "\n", "\r\n", "\t", "괜찮아요!", "숨을들이쉬고내쉬고숨을들이쉬고내쉬고숨을들이쉬고내쉬고숨을들이쉬고내쉬고숨을들이쉬고내쉬고숨을들이쉬고내쉬고",
    ];

    [Fact]
    public async Task PiecesEndWherePhrasesAndSentencesDo()
    {
        var answer = await PacedAnswer.RunAsync(50, (0, "네, 그 말씀을 들으니 마음이 무거워지네요. 언제부터 그러셨어요? 천천히요."), (3000, ""));

        answer.Texts.Should().Equal("네, ", "그 말씀을 들으니 ", "마음이 무거워지네요. ", "언제부터 그러셨어요? ", "천천히요.");
    }

    [Fact]
    public async Task WordsThatComeInBitsAreGivenOutWhole()
    {
        const string text = "그런 일이 있으셨군요. 많이 놀라셨겠어요. 지금은 어떠세요?";

        var answer = await PacedAnswer.RunAsync(50, [.. text.Select((letter, i) => (i * 20, letter.ToString()))]);

        // The first is not held back, whatever it is.
        answer.Texts[0].Should().Be("그");
        answer.Texts.Skip(1).SkipLast(1).Should().OnlyContain(piece => piece.EndsWith(' ') && piece.Trim().Length > 1);
        answer.Said.Should().Be(text);
    }

    [Theory]
    [InlineData(0, "𠮷")]
    [InlineData(50, "𠮷")]
    [InlineData(0, Nfd)]
    [InlineData(50, Nfd)]
    [InlineData(0, Family)]
    [InlineData(50, Family)]
    [InlineData(0, HeartOnFire)]
    [InlineData(50, HeartOnFire)]
    [InlineData(0, "👍🏽")]
    [InlineData(0, "🇰🇷")]
    public async Task WhatIsOneLetterToAReaderIsNeverCutWhereverTheModelCutsIt(int intervalMs, string letter)
    {
        // What a reader sees as one: of the two syllables each is.
        string[] whole = letter == Nfd ? [Nfd[..3], Nfd[3..]] : [letter];
        var text = $"마음 {letter}입니다";
        for (var cut = text.IndexOf(letter, StringComparison.Ordinal) + 1; cut < 3 + letter.Length; cut++)
        {
            var answer = await PacedAnswer.RunAsync(intervalMs, (0, text[..cut]), (200, text[cut..]));

            answer.Said.Should().Be(text);
            foreach (var part in whole)
            {
                answer.Texts.Should().ContainSingle(piece => piece.Contains(part, StringComparison.Ordinal), "cut at {0}", cut);
            }
        }
    }

    [Fact]
    public async Task WhatTheModelLeavesUnfinishedIsGivenOutAtTheEnd()
    {
        foreach (var intervalMs in new[] { 0, 50 })
        {
            (await PacedAnswer.RunAsync(intervalMs, (0, "마음 "), (100, "👩‍"), (200, "\u1100"))).Said.Should().Be("마음 👩‍\u1100");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public async Task HoweverTextIsCutItArrivesWholeAndInWholeLetters(int intervalMs)
    {
        var random = new Random(20260117);
        for (var round = 0; round < 1500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 30)).Select(_ => Words[random.Next(Words.Length)] + (random.Next(4) == 0 ? "" : " ")));
            var script = Cut(text, random);

            var answer = await PacedAnswer.RunAsync(intervalMs, script);

            answer.Said.Should().Be(text, "round {0}", round);
            foreach (var piece in answer.Texts)
            {
                piece.Should().NotBeEmpty();
                // A lone surrogate would come back as U+FFFD.
                Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)).Should().Be(piece, "round {0}", round);
                (piece[0] is >= '\u1160' and <= '\u11FF').Should().BeFalse("no piece begins with a vowel or a final consonant (round {0})", round);
            }

            answer.BehindMs.Should().BeLessThanOrEqualTo(2000);
        }
    }

    /// <summary>Anywhere, also through surrogate pairs and syllables; in bursts and with pauses.</summary>
    private static (int AtMs, string Text)[] Cut(string text, Random random)
    {
        var script = new List<(int, string)>();
        var (at, nowMs) = (0, 0);
        while (at < text.Length)
        {
            var length = Math.Min(random.Next(1, random.Next(2, 40)), text.Length - at);
            script.Add((nowMs, text.Substring(at, length)));
            at += length;
            nowMs += random.Next(3) == 0 ? random.Next(200) : 0;
        }

        return [.. script];
    }
}
