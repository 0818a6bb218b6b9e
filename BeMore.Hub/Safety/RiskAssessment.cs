namespace BeMore.Safety;

/// <param name="Level">The most urgent of the signs.</param>
/// <param name="Signs">In the order of the rules; empty where the level is none.</param>
internal sealed record RiskAssessment(RiskLevel Level, IReadOnlyList<RiskSign> Signs)
{
    public static RiskAssessment None { get; } = new(RiskLevel.None, []);
}
