using System.Buffers.Text;

namespace BeMore.Safety;

/// <summary>What a group of syllables says, in hundredths.</summary>
/// <param name="Share">How much it tells dangerous phrases from harmless ones, either way: how long it makes a message.</param>
/// <param name="Danger">For danger of any level, or, below 0, against it; so with the others.</param>
/// <param name="Urgent">For active or imminent danger.</param>
/// <param name="Imminent">For imminent danger.</param>
/// <param name="Other">For violence and abuse.</param>
internal readonly record struct GroupWeight(short Share, short Danger, short Urgent, short Imminent, short Other)
{
    /// <summary>Reads whole numbers with tabs between.</summary>
    /// <param name="text">Five of them, in UTF-8.</param>
    /// <returns>Null if it is not that.</returns>
    public static GroupWeight? TryParse(ReadOnlySpan<byte> text)
    {
        Span<short> numbers = stackalloc short[5];
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!Utf8Parser.TryParse(text, out numbers[i], out var length))
            {
                return null;
            }

            text = text[length..];
            if (i < numbers.Length - 1)
            {
                if (text is not [(byte)'\t', ..])
                {
                    return null;
                }

                text = text[1..];
            }
        }

        return text.IsEmpty ? new GroupWeight(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]) : null;
    }
}
