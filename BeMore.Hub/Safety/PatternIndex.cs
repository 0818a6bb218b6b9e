using System.Runtime.InteropServices;

namespace BeMore.Safety;

/// <summary>
/// Which patterns a message may hold, by what they cannot do without: of each, the fewest and rarest letters or pairs of letters of which
/// one must be there. A message is looked through once, and most patterns are never asked (docs/performance.md).
/// </summary>
internal sealed class PatternIndex
{
    private readonly Dictionary<int, List<int>> _patterns = [];
    private readonly List<ulong> _always = [];
    private int _count;

    /// <summary>64-bit words for a bit of each pattern.</summary>
    public int Size => _always.Count;

    /// <summary>The number of the next pattern.</summary>
    public int Next => _count;

    /// <summary>Takes a pattern on.</summary>
    public void Add(PatternNode.Sequence pattern)
    {
        var number = _count++;
        if (number / 64 == _always.Count)
        {
            _always.Add(0);
        }

        if (pattern.Needs is { } needs)
        {
            foreach (var bit in needs.Bits.Distinct())
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_patterns, bit, out _) ??= []).Add(number);
            }
        }
        else
        {
            _always[number / 64] |= 1UL << (number % 64);
        }
    }

    /// <summary>Sets the bits of those that need nothing.</summary>
    public void Begin(Span<ulong> candidates) => CollectionsMarshal.AsSpan(_always).CopyTo(candidates);

    /// <summary>Sets the bits of those for which this is enough.</summary>
    /// <param name="bit">A letter's or a pair's, as in <see cref="MessageLetters"/>.</param>
    /// <param name="candidates"><see cref="Size"/> words.</param>
    public void Mark(int bit, Span<ulong> candidates)
    {
        if (_patterns.TryGetValue(bit, out var patterns))
        {
            foreach (var number in CollectionsMarshal.AsSpan(patterns))
            {
                candidates[number / 64] |= 1UL << (number % 64);
            }
        }
    }
}
