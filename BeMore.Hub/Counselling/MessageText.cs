using System.Text;

namespace BeMore.Counselling;

/// <summary>What people wrote, made fit for PostgreSQL, which refuses NUL and lone surrogates (protocol.md, section 1.2).</summary>
internal static class MessageText
{
    /// <summary>Without NUL, with U+FFFD for each lone surrogate, trimmed: in this order.</summary>
    public static string Clean(string text)
    {
        var suspicious = text.Contains('\0', StringComparison.Ordinal) || text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
        return (suspicious ? Repair(text) : text).Trim();
    }

    /// <summary>In Unicode code points: an emoji is one.</summary>
    public static int Length(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <summary>Its first <paramref name="most"/> code points.</summary>
    public static string Cut(string text, int most)
    {
        var (count, end) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (count++ == most)
            {
                return text[..end];
            }

            end += rune.Utf16SequenceLength;
        }

        return text;
    }

    private static string Repair(string text)
    {
        var repaired = new StringBuilder(text.Length);
        // EnumerateRunes gives U+FFFD for a lone surrogate.
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != 0)
            {
                repaired.Append(rune);
            }
        }

        return repaired.ToString();
    }
}
