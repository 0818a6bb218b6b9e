using System.Text.Json.Serialization;

namespace BeMore.Safety;

/// <summary>The rules file as it is written (docs/safety.md).</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RuleDocument
{
    public required string Reviewed { get; init; }

    /// <summary>Lists of words that patterns name in braces.</summary>
    public required Dictionary<string, string[]> Words { get; init; }

    /// <summary>What only sounds like danger; its words are struck out before the rules look.</summary>
    public required RuleEntry[] Harmless { get; init; }

    public required RuleEntry[] Rules { get; init; }
}
