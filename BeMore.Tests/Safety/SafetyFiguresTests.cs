using BeMore.Safety;

namespace BeMore.Tests;

/// <summary>
/// The figures of docs/safety.md are kept. A failure says the figure and none of the phrases: those of the measuring set are to stay
/// unknown to whoever changes the rules.
/// </summary>
public sealed class SafetyFiguresTests
{
    [Fact]
    public void WhatTheRulesWereNotMadeOnIsFound()
    {
        var figures = Measure("measure.tsv");

        figures.UrgentRecall.Should().BeGreaterThanOrEqualTo(0.97, "imminent and active phrases are to be found as either");
        figures.CrisisRecall.Should().BeGreaterThanOrEqualTo(0.95, "phrases of all levels are to be found");
        figures.FalseAlarms.Should().BeLessThanOrEqualTo(0.03, "harmless phrases are to be left alone");
    }

    [Fact]
    public void WhatTheRulesWereMadeOnIsStillFound()
    {
        var figures = Measure("develop.tsv");

        figures.UrgentRecall.Should().BeGreaterThanOrEqualTo(0.99);
        figures.CrisisRecall.Should().BeGreaterThanOrEqualTo(0.99);
        figures.FalseAlarms.Should().BeLessThanOrEqualTo(0.005);
    }

    /// <summary>Words of everyday life beside it excuse nothing: a wish to die while watching a film is one.</summary>
    [Theory]
    [InlineData("드라마 보다가")]
    [InlineData("게임하다가")]
    [InlineData("강아지랑 있는데")]
    [InlineData("여행 다녀와서")]
    [InlineData("회사 그만두고")]
    [InlineData("밥 먹다가")]
    public void WhatStandsBesideItHidesLittle(string before)
    {
        // A quarter of them tells as much, and sooner.
        var figures = Measure("develop.tsv", before + " ", each: 4);

        figures.UrgentRecall.Should().BeGreaterThanOrEqualTo(0.95);
        figures.CrisisRecall.Should().BeGreaterThanOrEqualTo(0.95);
    }

    private static EvaluationFigures Measure(string set, string before = "", int each = 1)
    {
        var file = RepositoryRoot.Combine("docs", "safety", set);
        LabelledPhrase.TryReadAll(File.ReadAllLines(file), out var phrases, out var bad).Should().BeTrue("line {0} of {1} is one", bad, set);
        var detector = RiskDetector.BuiltIn;
        var figures = new EvaluationFigures();
        foreach (var (label, phrase) in phrases.Where((_, i) => i % each == 0))
        {
            figures.Add(label, detector.Assess(before + phrase).Level);
        }

        return figures;
    }
}
