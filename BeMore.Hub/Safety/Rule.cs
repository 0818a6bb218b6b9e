using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>A rule, ready to be asked. Safe for many threads at once.</summary>
internal sealed class Rule
{
    private readonly Regex _any;
    private readonly Regex? _with;
    private readonly Regex? _unless;
    private readonly Regex? _but;

    /// <exception cref="FormatException">A pattern is wrong.</exception>
    public Rule(RuleEntry entry, IReadOnlyDictionary<string, string[]> words)
    {
        Entry = entry;
        Sign = new RiskSign(entry.Id, entry.Level);
        _any = RulePattern.Compile(entry.Any, words);
        _with = Compile(entry.With);
        _unless = Compile(entry.Unless);
        _but = Compile(entry.But);
        Regex? Compile(string[] patterns) => patterns.Length == 0 ? null : RulePattern.Compile(patterns, words);
    }

    public RuleEntry Entry { get; }

    public RiskSign Sign { get; }

    /// <param name="text">The message without what is harmless.</param>
    /// <param name="whole">The message with it: a context is a context, whatever else its words are.</param>
    public bool Finds(ReadOnlySpan<char> text, ReadOnlySpan<char> whole)
    {
        foreach (var match in _any.EnumerateMatches(text))
        {
            if ((_with is null || _with.IsMatch(whole)) && (_unless is null || !IsExcused(whole, match)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Strikes out what it matches, of this length, so that nothing moves.</summary>
    public void StrikeOut(ReadOnlySpan<char> whole, Span<char> text)
    {
        foreach (var match in _any.EnumerateMatches(whole))
        {
            if (IsExcused(whole, match) || (_but is not null && _but.IsMatch(whole)))
            {
                continue;
            }

            foreach (ref var c in text.Slice(match.Index, match.Length))
            {
                c = c is ' ' or '.' ? c : '·';
            }
        }
    }

    private bool IsExcused(ReadOnlySpan<char> whole, ValueMatch match)
    {
        if (_unless is null || (_but is not null && _but.IsMatch(whole)))
        {
            return false;
        }

        // A match may hold the full stops at either end of its sentence.
        var start = whole[..(match.Index + 1)].LastIndexOf('.');
        var end = match.Index + match.Length - 1;
        end += whole[end..].IndexOf('.') + 1;
        return _unless.IsMatch(whole[Math.Max(start, 0)..end]);
    }
}
