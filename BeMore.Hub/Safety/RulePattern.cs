using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>
/// The language of the rules (docs/safety.md), made a regular expression. Spaces of the message are ignored, except where the pattern asks
/// for the start of a word. Every gap has a greatest length, so that no message takes long: 2000 characters made to be slow took 40 ms.
/// (The framework's engine without backtracking took half a gigabyte for these patterns.)
/// </summary>
internal static class RulePattern
{
    /// <summary>As pattern, for <c>~</c>, <c>~~</c>, <c>~~~</c>: a few words, half a sentence, the next sentence too.</summary>
    private static readonly string[] Gaps = ["(?: ?[^. ]){0,6}", "(?: ?[^. ]){0,16}", "(?: ?[^ ]){0,40}"];

    /// <exception cref="FormatException">Says what is wrong with which pattern.</exception>
    public static Regex Compile(IEnumerable<string> patterns, IReadOnlyDictionary<string, string[]> words)
    {
        var regex = new StringBuilder();
        foreach (var pattern in patterns)
        {
            regex.Append(regex.Length == 0 ? "(?:" : "|(?:");
            Translate(pattern, words, regex, isStart: true, depth: 0);
            regex.Append(')');
        }

        return new Regex(regex.ToString(), RegexOptions.CultureInvariant);
    }

    /// <summary>Appends what a pattern means.</summary>
    /// <param name="pattern">As it is written.</param>
    /// <param name="words">Lists that it may name.</param>
    /// <param name="regex">What is appended to.</param>
    /// <param name="depth">How many lists deep.</param>
    /// <param name="isStart">Nothing stands before it, or a mark that took the space: what comes next need not look for one.</param>
    private static bool Translate(string pattern, IReadOnlyDictionary<string, string[]> words, StringBuilder regex, bool isStart, int depth)
    {
        var groups = new Stack<bool>();
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            switch (c)
            {
                case ' ':
                    break;
                case '(':
                    groups.Push(isStart);
                    regex.Append("(?:");
                    break;
                case '|' when groups.TryPeek(out var start):
                    isStart = start;
                    regex.Append('|');
                    break;
                case ')' when groups.TryPop(out _):
                    isStart = false;
                    regex.Append(')').Append(Optional(pattern, ref i));
                    break;
                case '{' when depth < 8 && pattern.IndexOf('}', i) is > 0 and var end && words.TryGetValue(pattern[(i + 1)..end], out var list):
                    i = end;
                    regex.Append("(?:");
                    for (var w = 0; w < list.Length; w++)
                    {
                        regex.Append(w == 0 ? "" : "|");
                        Translate(list[w], words, regex, isStart, depth + 1);
                    }

                    isStart = false;
                    regex.Append(')').Append(Optional(pattern, ref i));
                    break;
                case '~':
                    var length = pattern.AsSpan(i).IndexOfAnyExcept('~');
                    length = length < 0 ? pattern.Length - i : length;
                    regex.Append(length <= Gaps.Length ? Gaps[length - 1] : throw Wrong(pattern, i));
                    i += length - 1;
                    isStart = false;
                    break;
                case '<' or '>':
                    regex.Append("\\.");
                    isStart = c == '<';
                    break;
                case '_':
                    regex.Append("[ .]");
                    isStart = true;
                    break;
                default:
                    regex.Append(isStart ? "(?:" : "(?: ?").Append(Letter(pattern, ref i)).Append(')').Append(Optional(pattern, ref i));
                    isStart = false;
                    break;
            }
        }

        return groups.Count == 0 ? isStart : throw Wrong(pattern, pattern.Length - 1);
    }

    /// <summary>A syllable with a star stands for itself with any final: 끝내* for 끝내, 끝낼, 끝냈.</summary>
    private static string Letter(string pattern, ref int i)
    {
        var c = pattern[i];
        if (i + 1 < pattern.Length && pattern[i + 1] == '*' && Jamo.IsOpen(c))
        {
            i++;
            return string.Create(CultureInfo.InvariantCulture, $"[{c}-{(char)(c + 27)}]");
        }

        return c == '#' ? "[0-9]"
            : Jamo.IsSyllable(c) || Jamo.IsLetter(c) || char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c.ToString()
            : throw Wrong(pattern, i);
    }

    private static string Optional(string pattern, ref int i)
    {
        if (i + 1 < pattern.Length && pattern[i + 1] == '?')
        {
            i++;
            return "?";
        }

        return "";
    }

    private static FormatException Wrong(string pattern, int i) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{pattern}\" is not a pattern, at its character {i + 1}"));
}
