namespace BeMore.Safety;

/// <summary>What a message says about danger to somebody's life or body (docs/safety.md), the most urgent last.</summary>
internal enum RiskLevel
{
    None,

    /// <summary>Violence or abuse, suffered or seen; the wish to harm somebody else.</summary>
    Other,

    /// <summary>Wishes not to be; is a burden; has no hope.</summary>
    Passive,

    /// <summary>Wants to die, harms itself, asks for a method; has tried.</summary>
    Active,

    /// <summary>A plan, a means at hand, a place, a time, a farewell, an attempt under way.</summary>
    Imminent,
}
