using System.Text;
using BeMore.Safety;

namespace BeMore.Tests;

/// <summary>The rules do what their own examples say, and the command that measures them works as it is documented.</summary>
public sealed class SafetyRulesTests
{
    [Fact]
    public void EveryRuleFindsItsExamplesAndNotItsCounterexamples() => RiskRules.BuiltIn.Value.Prove().Should().BeEmpty();

    [Theory]
    [InlineData("죽고싶어ㅠㅠㅠㅠ")]
    [InlineData("죽 고 싶 어")]
    [InlineData("ㅈㅜㄱㄱㅗ ㅅㅣㅍㅇㅓ")]
    [InlineData("죽고 시퍼요")]
    [InlineData("죽고​싶어요")]
    [InlineData("난죽을래")]
    [InlineData("매일밤죽게 해달라고 빌어요")]
    public void SpellingHidesNothing(string message) =>
        RiskDetector.BuiltIn.Assess(message).Level.Should().BeOneOf(RiskLevel.Active, RiskLevel.Imminent);

    /// <summary>As much as a frame holds, with the danger wherever it may be: also where one window of what is read ends.</summary>
    [Fact]
    public void LengthHidesNothing()
    {
        var detector = new RiskDetector(RiskRules.BuiltIn.Value);
        var filler = string.Concat(Enumerable.Repeat("오늘은 산책을 하고 점심을 먹었어요. ", 1100));
        detector.Assess(filler).Level.Should().Be(RiskLevel.None);

        int[] places = [0, 2200, .. Enumerable.Range(0, 30).Select(i => 3950 + (17 * i)), 10_000, filler.Length - 2200, filler.Length];
        foreach (var place in places)
        {
            detector.Assess($"{filler[..place]}. 요즘 계속 죽고 싶다는 생각만 들어요. {filler[place..]}").Level.Should().Be(RiskLevel.Active, "it is at {0}", place);
        }
    }

    /// <summary>Recognition ends few sentences: a word far off belongs to another one.</summary>
    [Theory]
    [InlineData("영화에서 불이 났어요", false)]
    [InlineData("어제는 영화를 보고 밥도 먹고 친구도 만나고 집에 와서 씻고 잤는데 지금 불이 났어요", true)]
    public void AnExcuseReachesOnlyWhatIsNear(string message, bool isFound)
    {
        const string Rules = """
            {"reviewed":"","words":{},"harmless":[],"rules":[{"id":"fire","level":"other","note":"","any":["불이 났"],"unless":["영화"],"examples":["불이 났어요"],"counterexamples":[]}]}
            """;
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(Rules));

        new RiskDetector(RiskRules.Read(file)).Assess(message).Signs.Any().Should().Be(isFound);
    }

    [Fact]
    public void ALevelIsLoweredOnlySlowly()
    {
        var risk = new SessionRisk(TimeProvider.System);
        risk.Note("s", RiskLevel.Imminent).Should().Be(RiskLevel.Imminent);

        var levels = Enumerable.Range(0, 3 * SessionRisk.TurnsAStep).Select(_ => risk.Note("s", RiskLevel.None)).ToList();

        levels.Take(SessionRisk.TurnsAStep - 1).Should().AllBeEquivalentTo(RiskLevel.Imminent);
        levels[SessionRisk.TurnsAStep - 1].Should().Be(RiskLevel.Active);
        levels[^1].Should().Be(RiskLevel.None);
        risk.Count.Should().Be(0, "who is well is forgotten");
        risk.Note("other", RiskLevel.None).Should().Be(RiskLevel.None);
    }

    [Fact]
    public async Task TheCommandMeasuresAFileWithoutAnyConfiguration()
    {
        // One of each level; then two with wrong labels, so that no rules, however good, find them as they are labelled.
        const string Phrases = """
            # a comment
            imminent\t지금 옥상 난간에 서 있어요 뛰어내릴 거예요
            active\t죽고 싶어요
            passive\t그냥 사라지고 싶어요

            other\t아버지가 술만 마시면 저를 때려요
            none\t배고파 죽겠다
            none\t자살하고 싶어요
            active\t오늘 점심은 김밥을 먹었어요
            """;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Phrases.Replace("\\t", "\t", StringComparison.Ordinal));
        await using var command = HubProcess.Start(new Dictionary<string, string?>(), null, "safety-eval", file);

        (await command.WaitForExitAsync()).Should().Be(0, command.Output);

        command.Lines.Should().Equal(
            "imminent\timminent\t지금 옥상 난간에 서 있어요 뛰어내릴 거예요",
            "active\tactive\t죽고 싶어요",
            "passive\tpassive\t그냥 사라지고 싶어요",
            "other\tother\t아버지가 술만 마시면 저를 때려요",
            "none\tnone\t배고파 죽겠다",
            "none\tactive\t자살하고 싶어요",
            "active\tnone\t오늘 점심은 김밥을 먹었어요",
            "",
            "recall of imminent and active, found as either\t0.667",
            "recall of all but none, found as anything but none\t0.800",
            "false alarms, of none\t0.500",
            "recall of imminent, found as such\t1.000",
            "recall of active, found as such\t0.500",
            "recall of passive, found as such\t1.000",
            "recall of other, found as such\t1.000",
            "recall of none, found as such\t0.500",
            "",
            "label\\found\timminent\tactive\tpassive\tother\tnone",
            "imminent\t1\t0\t0\t0\t0",
            "active\t0\t1\t0\t0\t1",
            "passive\t0\t0\t1\t0\t0",
            "other\t0\t0\t0\t1\t0",
            "none\t0\t1\t0\t0\t1");
        File.Delete(file);
    }

    /// <summary>Nothing divided by nothing is no figure, and no failure either.</summary>
    [Fact]
    public async Task OfALevelThatTheFileHasNotTheCommandSaysNoFigure()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "none\t배고파 죽겠다\n");
        await using var command = HubProcess.Start(new Dictionary<string, string?>(), null, "safety-eval", file);

        (await command.WaitForExitAsync()).Should().Be(0, command.Output);

        command.Lines.Should().Contain("recall of imminent and active, found as either\t–").And.Contain("recall of passive, found as such\t–")
            .And.Contain("false alarms, of none\t0.000");
        File.Delete(file);
    }

    [Theory]
    [InlineData("active 죽고 싶어요\n", 65)]
    [InlineData(null, 66)]
    public async Task AFileThatIsNoneIsSaidToBe(string? content, int exitCode)
    {
        var file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        if (content is not null)
        {
            await File.WriteAllTextAsync(file, content);
        }

        await using var command = HubProcess.Start(new Dictionary<string, string?>(), null, "safety-eval", file);

        (await command.WaitForExitAsync()).Should().Be(exitCode);
        command.Lines.Should().ContainSingle();
        File.Delete(file);
    }

    [Fact]
    public async Task RulesOfTheDeploymentsOwnCanBeEvaluated()
    {
        var (rules, phrases) = (Path.GetTempFileName(), Path.GetTempFileName());
        await File.WriteAllTextAsync(
            rules, """{"reviewed":"by nobody","words":{},"harmless":[],"rules":[{"id":"own","level":"active","note":"a test","any":["하늘"],"examples":["하늘이 파래요"],"counterexamples":[]}]}""");
        await File.WriteAllTextAsync(phrases, "active\t하늘이 파래요\nnone\t바람이 불어요\nactive\t죽고 싶어요\n");
        await using var command = HubProcess.Start(new Dictionary<string, string?> { ["SAFETY_RULES_FILE"] = rules }, null, "safety-eval", phrases);

        (await command.WaitForExitAsync()).Should().Be(0, command.Output);

        // Whatever the rules leave out, what is like the labelled phrases is found.
        command.Lines.Should().Contain("active\tactive\t하늘이 파래요").And.Contain("none\tnone\t바람이 불어요").And.Contain("active\tactive\t죽고 싶어요");
        File.Delete(rules);
        File.Delete(phrases);
    }

    [Theory]
    [InlineData("SAFETY_RULES_FILE", "{", "rules file")]
    [InlineData("SAFETY_LIKENESS_FILE", "죽고\tmuch", "line 1")]
    [InlineData("SAFETY_LIKENESS_FILE", "", "empty")]
    public async Task AFileOfTheDeploymentsOwnThatIsWrongStopsTheStart(string setting, string content, string says)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, content);
        await using var hub = HubProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["PORT"] = "0", [setting] = file });

        (await hub.WaitForExitAsync()).Should().Be(78, hub.Output);
        hub.Output.Should().StartWith(setting).And.Contain(says);
        File.Delete(file);
    }
}
