using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>A rule, ready to be asked. Safe for many threads at once.</summary>
internal sealed class Rule
{
    /// <summary>Characters to either side of a match in which an excuse is looked for: speech recognition leaves sentences without an end.</summary>
    private const int Near = 20;

    private readonly RulePattern[] _any;
    private readonly int _firstNumber;
    private readonly RulePattern[] _with;
    private readonly RulePattern[] _unless;
    private readonly RulePattern[] _unlessAnywhere;
    private readonly RulePattern[] _but;

    /// <param name="entry">As it stands in the file.</param>
    /// <param name="reader">Reads its patterns.</param>
    /// <param name="index">Takes on those that it looks for.</param>
    /// <exception cref="FormatException">A pattern is wrong.</exception>
    public Rule(RuleEntry entry, PatternReader reader, PatternIndex index)
    {
        Entry = entry;
        Sign = new RiskSign(entry.Id, entry.Level);
        _firstNumber = index.Next;
        _any = RulePattern.Read(entry.Any, reader, index);
        _with = RulePattern.Read(entry.With, reader);
        _unless = RulePattern.Read(entry.Unless, reader);
        _unlessAnywhere = RulePattern.Read(entry.UnlessAnywhere, reader);
        _but = RulePattern.Read(entry.But, reader);
    }

    public RuleEntry Entry { get; }

    public RiskSign Sign { get; }

    /// <param name="text">The message without what is harmless.</param>
    /// <param name="whole">The message with it: a context is a context, whatever else its words are.</param>
    /// <param name="letters">Those of the whole message.</param>
    public bool Finds(ReadOnlySpan<char> text, ReadOnlySpan<char> whole, in MessageLetters letters)
    {
        var context = new Context(this, whole, letters);
        for (var i = Candidate(0, letters); i < _any.Length; i = Candidate(i + 1, letters))
        {
            foreach (var match in _any[i].In(text))
            {
                if (context.HasCompany && !context.Excuses(match))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Strikes out what it matches, of this length, so that nothing moves.</summary>
    public void StrikeOut(ReadOnlySpan<char> whole, Span<char> text, in MessageLetters letters)
    {
        var context = new Context(this, whole, letters);
        for (var i = Candidate(0, letters); i < _any.Length; i = Candidate(i + 1, letters))
        {
            foreach (var match in _any[i].In(whole))
            {
                if (!context.HasCompany || context.IsTakenBack || context.Excuses(match))
                {
                    continue;
                }

                foreach (ref var c in text.Slice(match.Index, match.Length))
                {
                    c = c is ' ' or '.' ? c : '·';
                }
            }
        }
    }

    /// <summary>The first of its patterns from this one on that may match; the number of all: none.</summary>
    private int Candidate(int from, in MessageLetters letters)
    {
        for (var i = from; ; i++)
        {
            i = letters.Candidate(_firstNumber + i, _firstNumber + _any.Length) - _firstNumber;
            if (i == _any.Length || _any[i].CanMatch(letters))
            {
                return i;
            }
        }
    }

    /// <summary>Of its sentence, what is near it.</summary>
    private static ReadOnlySpan<char> Around(ValueMatch match, ReadOnlySpan<char> whole)
    {
        // A match may hold the full stops at either end of its sentence.
        var start = whole[..(match.Index + 1)].LastIndexOf('.');
        var end = match.Index + match.Length - 1;
        end += whole[end..].IndexOf('.') + 1;
        return whole[Math.Max(Math.Max(start, 0), match.Index - Near)..Math.Min(end, match.Index + match.Length + Near)];
    }

    private static bool IsIn(ReadOnlySpan<char> text, RulePattern[] patterns, in MessageLetters letters)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.CanMatch(letters) && pattern.IsIn(text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// What a message says around the matches of a rule. What is asked of the whole message is asked once, and only if it matters: a message
    /// may hold hundreds of matches.
    /// </summary>
    private ref struct Context(Rule rule, ReadOnlySpan<char> whole, MessageLetters letters)
    {
        private readonly ReadOnlySpan<char> _whole = whole;
        private readonly MessageLetters _letters = letters;
        private bool? _hasCompany;
        private bool? _isExcusedAnywhere;
        private bool? _isTakenBack;

        /// <summary>What the rule needs beside a match.</summary>
        public bool HasCompany => _hasCompany ??= rule._with.Length == 0 || IsIn(_whole, rule._with, _letters);

        /// <summary>The message takes its excuses back.</summary>
        public bool IsTakenBack => _isTakenBack ??= IsIn(_whole, rule._but, _letters);

        public bool Excuses(ValueMatch match) => (IsIn(Around(match, _whole), rule._unless, _letters) || IsExcusedAnywhere) && !IsTakenBack;

        private bool IsExcusedAnywhere => _isExcusedAnywhere ??= IsIn(_whole, rule._unlessAnywhere, _letters);
    }
}
