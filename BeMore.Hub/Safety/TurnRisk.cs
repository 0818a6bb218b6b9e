namespace BeMore.Safety;

/// <summary>How much danger a turn is about.</summary>
/// <param name="Message">What was said now.</param>
/// <param name="Session">What was said now or lately.</param>
/// <param name="Help">What the person is told first, whatever else is the matter; null where that is nothing.</param>
internal sealed record TurnRisk(RiskLevel Message, RiskLevel Session, string? Help)
{
    public static readonly TurnRisk None = new(RiskLevel.None, RiskLevel.None, Help: null);

    /// <summary>The person gets help text, whatever else is the matter.</summary>
    public bool NeedsHelp => Help is not null;
}
