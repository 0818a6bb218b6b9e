namespace BeMore.Safety;

/// <summary>How much danger a turn is about.</summary>
/// <param name="Message">What was said now.</param>
/// <param name="Session">What was said now or lately.</param>
internal sealed record TurnRisk(RiskLevel Message, RiskLevel Session)
{
    public static readonly TurnRisk None = new(RiskLevel.None, RiskLevel.None);

    /// <summary>The person gets help text, whatever else is the matter.</summary>
    public bool NeedsHelp => Message >= RiskLevel.Active;
}
