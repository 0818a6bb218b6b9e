using System.Globalization;
using System.Text;
using BeMore.Safety;

namespace BeMore.Tests;

/// <summary>The second reader: what it has learnt, what it adds to the rules and what it takes away (docs/safety.md).</summary>
public sealed class LikenessTests : IDisposable
{
    /// <summary>A language of its own, in which blue is danger and green is none.</summary>
    private const string Phrases = """
        # of a test
        active	바다가 파래요
        active	하늘이 파래요
        active	강물이 파래요
        active	온통 파래요
        none	바다가 초록이에요
        none	하늘이 초록이에요
        none	강물이 초록이에요
        none	온통 초록이에요
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-likeness-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void WhatComesWithTheProgramIsLearntFromTheLabelledPhrases()
    {
        LabelledPhrase.TryReadAll(File.ReadAllLines(RepositoryRoot.Combine("docs", "safety", "develop.tsv")), out var phrases, out _).Should().BeTrue();
        using var learnt = new StringWriter();
        LikenessLearner.Learn(phrases, learnt);

        var expected = Numbers(learnt.ToString());
        var kept = Numbers(File.ReadAllText(RepositoryRoot.Combine("BeMore.Hub", "Safety", "Likeness", "likeness.tsv")));

        const string Else = "else run safety-learn once more (docs/safety.md)";
        kept.Keys.Except(expected.Keys).Should().BeEmpty(Else);
        expected.Keys.Except(kept.Keys).Should().BeEmpty(Else);
        // Another machine's logarithm may round the last digit otherwise.
        expected.Where(line => line.Value.Zip(kept[line.Key]).Any(pair => Math.Abs(pair.First - pair.Second) > 2)).Should().BeEmpty(Else);
    }

    [Fact]
    public async Task WhatIsLikeTheLabelledPhrasesIsFoundWithoutARule()
    {
        var likeness = await LearnAsync(Phrases);

        var found = await EvaluateAsync(new() { ["SAFETY_LIKENESS_FILE"] = likeness }, "active\t산이 파래요", "none\t산이 초록이에요", "active\t죽고 싶어요");

        found.Should().Equal("active\tactive\t산이 파래요", "none\tnone\t산이 초록이에요", "active\tactive\t죽고 싶어요");
    }

    [Fact]
    public async Task OnlyWhatADoubtfulRuleFoundIsLetGo()
    {
        var likeness = await LearnAsync(Phrases);
        var rules = Path.Combine(_folder, "rules.json");
        await File.WriteAllTextAsync(rules, """
            {"reviewed":"","words":{},"harmless":[],"rules":[
              {"id":"certain","level":"active","note":"","any":["바다"],"examples":["바다가"],"counterexamples":[]},
              {"id":"doubtful","doubtful":true,"level":"active","note":"","any":["하늘"],"examples":["하늘이"],"counterexamples":[]}]}
            """);

        var found = await EvaluateAsync(
            new() { ["SAFETY_LIKENESS_FILE"] = likeness, ["SAFETY_RULES_FILE"] = rules }, "active\t바다가 초록이에요", "none\t하늘이 초록이에요", "active\t하늘이 파래요");

        found.Should().Equal("active\tactive\t바다가 초록이에요", "none\tnone\t하늘이 초록이에요", "active\tactive\t하늘이 파래요");
    }

    [Fact]
    public async Task WhatARuleFoundIsRaisedAndNeverLowered()
    {
        var likeness = await LearnAsync(Phrases);
        var rules = Path.Combine(_folder, "rules.json");
        await File.WriteAllTextAsync(rules, """
            {"reviewed":"","words":{},"harmless":[],"rules":[
              {"id":"little","level":"passive","note":"","any":["강물"],"examples":["강물이"],"counterexamples":[]},
              {"id":"much","level":"imminent","note":"","any":["온통"],"examples":["온통"],"counterexamples":[]}]}
            """);

        var found = await EvaluateAsync(
            new() { ["SAFETY_LIKENESS_FILE"] = likeness, ["SAFETY_RULES_FILE"] = rules },
            "active\t강물이 파래요", "passive\t강물이 초록이에요", "imminent\t온통 파래요", "imminent\t온통 초록이에요");

        found.Should().Equal(
            "active\tactive\t강물이 파래요", "passive\tpassive\t강물이 초록이에요", "imminent\timminent\t온통 파래요", "imminent\timminent\t온통 초록이에요");
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(30, 30)]
    [InlineData(60, 0)]
    public void WhatIsLikeDangerIsFoundWhereverItStandsInALongMessage(int before, int after)
    {
        using var learnt = new StringWriter();
        LabelledPhrase.TryReadAll(Phrases.Split('\n'), out var phrases, out _).Should().BeTrue();
        LikenessLearner.Learn(phrases, learnt);
        var likeness = PhraseLikeness.Read(new MemoryStream(Encoding.UTF8.GetBytes(learnt.ToString())));
        const string Harmless = "하늘이 초록이에요. ";

        var with = likeness.Score(SpokenText.Normalise(string.Concat(Enumerable.Repeat(Harmless, before)) + "산도 물도 온통 다 파래요. 정말 파래요. " + string.Concat(Enumerable.Repeat(Harmless, after))));
        var without = likeness.Score(SpokenText.Normalise(string.Concat(Enumerable.Repeat(Harmless, before + after))));

        with.Danger.Should().BeGreaterThan(without.Danger + 1);
    }

    [Theory]
    [InlineData("active 죽고 싶어요\n", "weights.tsv", 65)]
    [InlineData(null, "weights.tsv", 66)]
    [InlineData(Phrases, "nowhere/weights.tsv", 73)]
    public async Task WhatCannotBeLearntIsSaidToBe(string? phrases, string output, int exitCode)
    {
        var file = Path.Combine(_folder, "phrases.tsv");
        if (phrases is not null)
        {
            await File.WriteAllTextAsync(file, phrases);
        }

        await using var command = HubProcess.Start(new Dictionary<string, string?>(), null, "safety-learn", file, Path.Combine(_folder, output));

        (await command.WaitForExitAsync()).Should().Be(exitCode, command.Output);
        command.Lines.Should().ContainSingle();
    }

    private async Task<string> LearnAsync(string phrases)
    {
        var (file, weights) = (Path.Combine(_folder, "phrases.tsv"), Path.Combine(_folder, "weights.tsv"));
        await File.WriteAllTextAsync(file, phrases);
        await using var command = HubProcess.Start(new Dictionary<string, string?>(), null, "safety-learn", file, weights);
        (await command.WaitForExitAsync()).Should().Be(0, command.Output);
        return weights;
    }

    /// <summary>The findings of the command <c>safety-eval</c>.</summary>
    private async Task<IReadOnlyList<string>> EvaluateAsync(Dictionary<string, string?> settings, params string[] phrases)
    {
        var file = Path.Combine(_folder, "evaluated.tsv");
        await File.WriteAllLinesAsync(file, phrases);
        await using var command = HubProcess.Start(settings, null, "safety-eval", file);
        (await command.WaitForExitAsync()).Should().Be(0, command.Output);
        return [.. command.Lines.Take(phrases.Length)];
    }

    private static Dictionary<string, int[]> Numbers(string file) => file.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .Select(line => line.Split('\t'))
        .ToDictionary(parts => parts[0], parts => parts[1..].Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray());
}
