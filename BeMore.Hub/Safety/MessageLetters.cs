using System.Numerics;

namespace BeMore.Safety;

/// <summary>
/// Which letters a message is made of, a bit for each, and which follow each other; and what that has told so far of the rules' lists of
/// words.
/// </summary>
internal readonly ref struct MessageLetters
{
    /// <summary>
    /// 64-bit words: for all UTF-16 characters, for pairs of them by their hash, for the lists that were asked about, and for those whose
    /// letters are there.
    /// </summary>
    public const int Size = AskedAt + 2;

    /// <summary>Lists with a higher number are asked about each time.</summary>
    private const int MostLists = 64;

    private const int PairsAt = (char.MaxValue + 1) / 64;

    /// <summary>Bits: few pairs of a usual message share one.</summary>
    private const int Pairs = 4096;

    private const int AskedAt = PairsAt + (Pairs / 64);

    private readonly Span<ulong> _bits;
    private readonly Span<ulong> _candidates;

    /// <param name="message">The message.</param>
    /// <param name="index">Tells which patterns it may hold.</param>
    /// <param name="bits"><see cref="Size"/> words and those of the index, all zero.</param>
    public MessageLetters(ReadOnlySpan<char> message, PatternIndex index, Span<ulong> bits)
    {
        _bits = bits[..Size];
        _candidates = bits[Size..];
        index.Begin(_candidates);
        var before = '\0';
        foreach (var c in message)
        {
            Set(c, index);
            // To a pattern a space between two letters does not matter.
            if (c != ' ')
            {
                Set(BitOf(before, c), index);
                before = c;
            }
        }
    }

    /// <summary>The bit of a pair, which follows those of the letters. Few pairs share one.</summary>
    public static int BitOf(char first, char second) => (64 * PairsAt) + Hash(first, second);

    /// <summary>The first of these patterns that it may hold by one of what they cannot do without: that it holds none before is certain.</summary>
    /// <param name="from">The first pattern's number.</param>
    /// <param name="end">The number behind the last.</param>
    /// <returns>Its number; <paramref name="end"/>: none.</returns>
    public int Candidate(int from, int end)
    {
        while (from < end)
        {
            var bits = _candidates[from >> 6] >> (from & 63);
            if (bits != 0)
            {
                return Math.Min(from + BitOperations.TrailingZeroCount(bits), end);
            }

            from = (from | 63) + 1;
        }

        return end;
    }

    /// <summary>Whether one may follow the other, at once or after a space. False is certain; true is likely.</summary>
    public bool MayHoldPair(char first, char second)
    {
        var bit = BitOf(first, second);
        return (_bits[bit >> 6] & (1UL << (bit & 63))) != 0;
    }

    /// <summary>Whether one of these is there: from the first to the last, 64 at most.</summary>
    public bool HoldAny(char first, char last)
    {
        var from = _bits[first >> 6] & (ulong.MaxValue << (first & 63));
        if (first >> 6 == last >> 6)
        {
            return (from & (ulong.MaxValue >> (63 - (last & 63)))) != 0;
        }

        return from != 0 || (_bits[last >> 6] & (ulong.MaxValue >> (63 - (last & 63)))) != 0;
    }

    /// <summary>What <see cref="Remember"/> was told of a list; null if nothing yet.</summary>
    public bool? Recall(int list) =>
        list < MostLists && (_bits[AskedAt] & (1UL << list)) != 0 ? (_bits[AskedAt + 1] & (1UL << list)) != 0 : null;

    public void Remember(int list, bool isThere)
    {
        if (list < MostLists)
        {
            _bits[AskedAt] |= 1UL << list;
            _bits[AskedAt + 1] |= isThere ? 1UL << list : 0;
        }
    }

    private void Set(int bit, PatternIndex index)
    {
        ref var word = ref _bits[bit >> 6];
        if ((word & (1UL << (bit & 63))) == 0)
        {
            word |= 1UL << (bit & 63);
            index.Mark(bit, _candidates);
        }
    }

    private static int Hash(char first, char second) => (int)(((((uint)first << 16) | second) * 2654435761) >> 20) & (Pairs - 1);
}
