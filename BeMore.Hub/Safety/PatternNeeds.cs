namespace BeMore.Safety;

/// <summary>What a part of a pattern cannot do without.</summary>
/// <param name="Bits">Letters or pairs, as in <see cref="MessageLetters"/>, of which one must be in the message.</param>
/// <param name="Commonness">How common they are together: a rough guess.</param>
internal sealed record PatternNeeds(IReadOnlyList<int> Bits, int Commonness);
