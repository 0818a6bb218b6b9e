namespace BeMore.Safety;

/// <summary>Which letters a message is made of, a bit for each.</summary>
internal readonly ref struct MessageLetters
{
    /// <summary>64-bit words for all UTF-16 characters.</summary>
    public const int Size = (char.MaxValue + 1) / 64;

    private readonly Span<ulong> _bits;

    /// <param name="message">The message.</param>
    /// <param name="bits"><see cref="Size"/> words, all zero.</param>
    public MessageLetters(ReadOnlySpan<char> message, Span<ulong> bits)
    {
        _bits = bits;
        foreach (var c in message)
        {
            bits[c >> 6] |= 1UL << (c & 63);
        }
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
}
