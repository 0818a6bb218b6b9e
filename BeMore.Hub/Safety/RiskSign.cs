namespace BeMore.Safety;

/// <summary>A rule that a message matched. Never what it matched: the id may be logged, the text may not.</summary>
internal sealed record RiskSign(string RuleId, RiskLevel Level);
