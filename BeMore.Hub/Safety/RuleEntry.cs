using System.Text.Json.Serialization;

namespace BeMore.Safety;

/// <summary>One rule as it is written: what it finds, why, and the phrases that prove it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RuleEntry
{
    public required string Id { get; init; }

    /// <summary>Of a rule; something harmless has none.</summary>
    public RiskLevel Level { get; init; }

    /// <summary>The clinical or linguistic reason.</summary>
    public required string Note { get; init; }

    /// <summary>What it alone finds is let go where the message is not like the labelled phrases of danger.</summary>
    public bool Doubtful { get; init; }

    public required string[] Any { get; init; }

    /// <summary>Anywhere in the message; the rule, or what is harmless, needs one of these too.</summary>
    public string[] With { get; init; } = [];

    /// <summary>In the sentence of the match, and near it: makes it harmless.</summary>
    public string[] Unless { get; init; } = [];

    /// <summary>Anywhere in the message: makes it harmless. For words that a later sentence explains: …거든요. 게임에서요.</summary>
    public string[] UnlessAnywhere { get; init; } = [];

    /// <summary>Anywhere in the message: takes the excuse back, or leaves the harmless words standing.</summary>
    public string[] But { get; init; } = [];

    /// <summary>Phrases in which the rule finds something; of something harmless, phrases in which no rule does.</summary>
    public required string[] Examples { get; init; }

    /// <summary>Phrases in which it finds nothing; of something harmless, phrases that are dangerous all the same.</summary>
    public required string[] Counterexamples { get; init; }
}
