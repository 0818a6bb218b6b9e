using System.Globalization;

namespace BeMore.Counselling;

/// <summary>
/// Takes text as it comes and gives it out again in phrases and sentences. What is given out, joined, is what was taken.
/// No cut goes through a code point or a Hangul syllable, also where the syllable is written as separate jamo.
/// </summary>
internal sealed class PhraseCutter
{
    /// <summary>Shorter than this, a word is not worth a chunk of its own.</summary>
    private const int ShortestPhrase = 8;

    /// <summary>Text without a space in it is cut here.</summary>
    private const int LongestPhrase = 60;

    // What waits lies between the two. An answer takes some hundred pieces: each is the only text that is made for it.
    private char[] _text = new char[2 * LongestPhrase];
    private int _start;
    private int _end;

    /// <summary>Characters (UTF-16) that wait.</summary>
    public int Length => _end - _start;

    private ReadOnlySpan<char> Pending => _text.AsSpan(_start, Length);

    public void Append(string text)
    {
        if (text.Length > _text.Length - _end)
        {
            var larger = text.Length + Length > _text.Length ? new char[Math.Max(2 * _text.Length, text.Length + Length)] : _text;
            Pending.CopyTo(larger);
            (_text, _start, _end) = (larger, 0, Length);
        }

        text.CopyTo(_text.AsSpan(_end));
        _end += text.Length;
    }

    /// <summary>The next phrase or sentence of at least so many characters; null while none is whole.</summary>
    /// <param name="atLeast">More than a phrase where there is much to catch up with. If less has come, as much as ends naturally.</param>
    public string? TakePhrase(int atLeast)
    {
        var text = Pending;
        var end = NaturalEnd(text, atLeast);
        if (end == 0 && text.Length > LongestPhrase)
        {
            end = SafeEnd(text);
        }

        return Take(text, end);
    }

    /// <summary>A phrase if one is whole, else whatever can be said already; null if nothing can.</summary>
    public string? TakeWhatIsThere()
    {
        var text = Pending;
        var end = NaturalEnd(text, 1);
        return Take(text, end > 0 ? end : SafeEnd(text));
    }

    /// <summary>Everything but half a syllable or half a code point at the end; null if nothing is whole.</summary>
    public string? TakeAllThatIsWhole()
    {
        var text = Pending;
        return Take(text, SafeEnd(text));
    }

    /// <summary>As <see cref="TakePhrase"/>, when no more text will come: the rest is whole as it is.</summary>
    public string? TakeRest(int atLeast)
    {
        var text = Pending;
        var end = NaturalEnd(text, atLeast);
        return Take(text, end >= atLeast ? end : text.Length);
    }

    private string? Take(ReadOnlySpan<char> text, int end)
    {
        if (end == 0)
        {
            return null;
        }

        _start += end;
        return text[..end].ToString();
    }

    /// <summary>Where the first phrase of so many characters ends, else the last phrase that is whole; 0 for none.</summary>
    private static int NaturalEnd(ReadOnlySpan<char> text, int atLeast)
    {
        var last = 0;
        for (var i = 1; i < text.Length; i++)
        {
            // A cut comes after white space and before a word, or at the end of what is there.
            if (!char.IsWhiteSpace(text[i - 1]) || char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            if (EndsPhrase(text, i))
            {
                last = i;
                if (i >= atLeast)
                {
                    return i;
                }
            }
        }

        return text.Length > 0 && char.IsWhiteSpace(text[^1]) && EndsPhrase(text, text.Length) ? text.Length : last;
    }

    private static bool EndsPhrase(ReadOnlySpan<char> text, int end)
    {
        var word = end - 1;
        while (word >= 0 && char.IsWhiteSpace(text[word]))
        {
            word--;
        }

        return word >= 0 && (end >= ShortestPhrase || text[word] is '.' or '!' or '?' or ',' or '…' or '。' or '！' or '？');
    }

    /// <summary>Where text can be cut without knowing what comes next.</summary>
    private static int SafeEnd(ReadOnlySpan<char> text)
    {
        // Half a code point waits for the rest, and tells nothing yet of what stands before it.
        var end = text.Length > 0 && char.IsHighSurrogate(text[^1]) ? text.Length - 1 : text.Length;
        if (end == 0 || !MayGoOn(text[end - 1]))
        {
            return end;
        }

        // The last element may be half of one: it waits too.
        return StringInfo.ParseCombiningCharacters(text[..end].ToString())[^1];
    }

    private static bool MayGoOn(char last) =>
        char.IsSurrogate(last)
        || last is '\u200D' or '\uFE0F' // zero-width joiner, and what makes an emoji of a symbol
        || char.GetUnicodeCategory(last) == UnicodeCategory.OtherSymbol
        || last is (>= '\u1100' and <= '\u11FF') or (>= '\uA960' and <= '\uA97F') or (>= '\uD7B0' and <= '\uD7FF'); // jamo
}
