namespace BeMore.Safety;

/// <summary>
/// The groups of syllables that a message is compared by: one to three as they are written, with the spaces between words; and two to five
/// without spaces and finals, because endings differ and spelling fails there first (싶어, 싶은, 시퍼).
/// </summary>
internal static class SyllableGroups
{
    private const int LongestWritten = 3, ShortestOpen = 2, LongestOpen = 5;

    /// <summary>How a group is shown in a file: a space as it, and a syllable with any final as in the rules.</summary>
    private const char Space = '_', AnyFinal = '*';

    // FNV-1a with 64 bits: among some hundred thousand groups no two are the same by chance.
    private const ulong WrittenSeed = 14695981039346656037, OpenSeed = WrittenSeed ^ 0x9E3779B97F4A7C15, Prime = 1099511628211;

    /// <summary>Groups in a message of so many characters, at most.</summary>
    public static int Most(int length) => length * (LongestWritten + LongestOpen - ShortestOpen + 1);

    /// <summary>Finds the groups, some of them more than once.</summary>
    /// <param name="message">Normalised (<see cref="SpokenText"/>).</param>
    /// <param name="groups">Takes the key of each.</param>
    /// <returns>How many there are.</returns>
    public static int Find(ReadOnlySpan<char> message, Span<ulong> groups)
    {
        var count = 0;
        var open = message.Length <= 512 ? stackalloc char[message.Length] : new char[message.Length];
        var opened = 0;
        for (var i = 0; i < message.Length; i++)
        {
            var key = WrittenSeed;
            for (var end = i; end < message.Length && end < i + LongestWritten; end++)
            {
                key = Add(key, Written(message[end]));
                groups[count++] = key;
            }

            if (Written(message[i]) != ' ')
            {
                open[opened++] = Open(message[i]);
            }
        }

        for (var i = 0; i < opened; i++)
        {
            var key = OpenSeed;
            for (var end = i; end < opened && end < i + LongestOpen; end++)
            {
                key = Add(key, open[end]);
                if (end - i + 1 >= ShortestOpen)
                {
                    groups[count++] = key;
                }
            }
        }

        return count;
    }

    /// <summary>The names of the same groups, by which a file shows them.</summary>
    public static IEnumerable<string> Named(string message)
    {
        for (var i = 0; i < message.Length; i++)
        {
            for (var length = 1; length <= LongestWritten && i + length <= message.Length; length++)
            {
                yield return string.Concat(message.Substring(i, length).Select(c => Written(c) == ' ' ? Space : c));
            }
        }

        var open = string.Concat(message.Where(c => Written(c) != ' ').Select(Open));
        for (var i = 0; i < open.Length; i++)
        {
            for (var length = ShortestOpen; length <= LongestOpen && i + length <= open.Length; length++)
            {
                yield return string.Concat(open.Substring(i, length).Select(c => $"{c}{AnyFinal}"));
            }
        }
    }

    /// <summary>The key of a group by its name.</summary>
    public static ulong Key(ReadOnlySpan<char> name)
    {
        var isOpen = name.Length > 1 && name[1] == AnyFinal;
        var key = isOpen ? OpenSeed : WrittenSeed;
        for (var i = 0; i < name.Length; i += isOpen ? 2 : 1)
        {
            key = Add(key, name[i] == Space ? ' ' : name[i]);
        }

        return key;
    }

    private static ulong Add(ulong key, char c) => (key ^ c) * Prime;

    /// <summary>Where a sentence ends matters less than the space.</summary>
    private static char Written(char c) => c == '.' ? ' ' : c;

    private static char Open(char c) => Jamo.IsSyllable(c) ? (char)(c - ((c - '가') % 28)) : c;
}
