namespace BeMore.Safety;

/// <summary>
/// How much a message is like labelled phrases, as logarithms of odds: above 0, more like those named than like the others.
/// </summary>
/// <param name="Danger">Like those of any level but none.</param>
/// <param name="Tendency">The same, however little is said: a word or two may point to danger and be far from sure.</param>
/// <param name="Urgent">Like the active and imminent.</param>
/// <param name="Imminent">Like the imminent.</param>
/// <param name="Other">Like those of violence and abuse.</param>
internal readonly record struct LikenessScores(double Danger, double Tendency, double Urgent, double Imminent, double Other)
{
    /// <summary>The level of the phrases that it is most like, where it is like any.</summary>
    public RiskLevel Level => this switch
    {
        { Imminent: > 0 } => RiskLevel.Imminent,
        { Urgent: > 0 } => RiskLevel.Active,
        { Other: > 0 } => RiskLevel.Other,
        _ => RiskLevel.Passive,
    };
}
