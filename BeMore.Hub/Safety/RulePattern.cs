using System.Text;
using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>
/// A pattern, ready to be looked for. Spaces of the message are ignored, except where it asks for the start of a word. Safe for many
/// threads at once.
/// </summary>
internal sealed class RulePattern
{
    private readonly PatternNode.Sequence _pattern;
    private readonly Lazy<Regex> _regex;

    private RulePattern(PatternNode.Sequence pattern)
    {
        _pattern = pattern;
        // Made when a message could hold it for the first time: most are never asked for, and all together take a second.
        // (Interpreted: the framework's engine without backtracking took half a gigabyte for them, compiled ones half a minute.)
        _regex = new(() =>
        {
            var regex = new StringBuilder();
            var isStart = true;
            pattern.AppendTo(regex, ref isStart);
            return new Regex(regex.ToString(), RegexOptions.CultureInvariant);
        });
    }

    /// <param name="patterns">As they stand in the file.</param>
    /// <param name="reader">Reads them.</param>
    /// <param name="index">Takes those on that every message is asked for, one after the other. Null: they are asked for where another was found.</param>
    /// <exception cref="FormatException">Says what is wrong with which pattern.</exception>
    public static RulePattern[] Read(IEnumerable<string> patterns, PatternReader reader, PatternIndex? index = null)
    {
        PatternNode.Sequence[] read = [.. patterns.Select(reader.Read)];
        Array.ForEach(read, pattern => index?.Add(pattern));
        return [.. read.Select(pattern => new RulePattern(pattern))];
    }

    /// <summary>
    /// Whether a message of these letters may hold it. Few messages have all the letters of any pattern, and to ask for letters takes a
    /// thousandth of the time of a regular expression.
    /// </summary>
    public bool CanMatch(in MessageLetters letters) => _pattern.CanMatch(letters);

    public Regex.ValueMatchEnumerator In(ReadOnlySpan<char> text) => _regex.Value.EnumerateMatches(text);

    public bool IsIn(ReadOnlySpan<char> text) => _regex.Value.IsMatch(text);
}
