using System.Globalization;

namespace BeMore.Safety;

/// <summary>Reads the language of the rules (docs/safety.md).</summary>
internal sealed class PatternReader(IReadOnlyDictionary<string, string[]> words)
{
    /// <summary>Lists in lists: deeper is a circle.</summary>
    private const int Deepest = 8;

    private readonly Dictionary<string, (int Number, IReadOnlyList<PatternNode.Sequence> Words)> _lists = [];

    /// <exception cref="FormatException">Says what is wrong with which pattern.</exception>
    public PatternNode.Sequence Read(string pattern) => Read(pattern, depth: 0);

    private PatternNode.Sequence Read(string pattern, int depth)
    {
        var at = 0;
        var read = ReadSequence(pattern, ref at, isInGroup: false, depth);
        return at == pattern.Length ? read : throw Wrong(pattern, at);
    }

    private PatternNode.Sequence ReadSequence(string pattern, ref int at, bool isInGroup, int depth)
    {
        var parts = new List<PatternNode>();
        while (at < pattern.Length && !(isInGroup && pattern[at] is '|' or ')'))
        {
            switch (pattern[at])
            {
                case ' ':
                    at++;
                    break;
                case '(':
                    parts.Add(ReadGroup(pattern, ref at, depth));
                    break;
                case '{':
                    parts.Add(ReadList(pattern, ref at, depth));
                    break;
                case '~':
                    parts.Add(ReadGap(pattern, ref at));
                    break;
                case '<' or '>' or '_':
                    parts.Add(new PatternNode.Edge(pattern[at++]));
                    break;
                default:
                    parts.Add(ReadLetter(pattern, ref at));
                    break;
            }
        }

        return new PatternNode.Sequence(parts);
    }

    private PatternNode.Choice ReadGroup(string pattern, ref int at, int depth)
    {
        var branches = new List<PatternNode.Sequence>();
        do
        {
            at++;
            branches.Add(ReadSequence(pattern, ref at, isInGroup: true, depth));
        }
        while (at < pattern.Length && pattern[at] == '|');

        if (at == pattern.Length)
        {
            throw Wrong(pattern, at - 1);
        }

        at++;
        return new PatternNode.Choice(branches, IsOptional(pattern, ref at));
    }

    private PatternNode.Choice ReadList(string pattern, ref int at, int depth)
    {
        var end = pattern.IndexOf('}', at);
        var name = end < 0 ? "" : pattern[(at + 1)..end];
        if (!words.TryGetValue(name, out var list) || depth == Deepest)
        {
            throw Wrong(pattern, at);
        }

        if (!_lists.TryGetValue(name, out var read))
        {
            IReadOnlyList<PatternNode.Sequence> branches = [.. list.Select(word => Read(word, depth + 1))];
            // Behind the lists that it names itself.
            _lists[name] = read = (_lists.Count, branches);
        }

        at = end + 1;
        return new PatternNode.Choice(read.Words, IsOptional(pattern, ref at), read.Number);
    }

    private static PatternNode.Gap ReadGap(string pattern, ref int at)
    {
        var start = at;
        while (at < pattern.Length && pattern[at] == '~')
        {
            at++;
        }

        return at - start <= PatternNode.Gap.Longest ? new PatternNode.Gap(at - start) : throw Wrong(pattern, start);
    }

    /// <summary>A syllable with a star stands for itself with any final: 끝내* for 끝내, 끝낼, 끝냈.</summary>
    private static PatternNode.Letter ReadLetter(string pattern, ref int at)
    {
        var c = pattern[at];
        var last = c;
        if (at + 1 < pattern.Length && pattern[at + 1] == '*' && Jamo.IsOpen(c))
        {
            at++;
            last = (char)(c + 27);
        }
        else if (c == '#')
        {
            (c, last) = ('0', '9');
        }
        else if (!Jamo.IsSyllable(c) && !Jamo.IsLetter(c) && !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c))
        {
            throw Wrong(pattern, at);
        }

        at++;
        return new PatternNode.Letter(c, last, IsOptional(pattern, ref at));
    }

    private static bool IsOptional(string pattern, ref int at)
    {
        if (at == pattern.Length || pattern[at] != '?')
        {
            return false;
        }

        at++;
        return true;
    }

    private static FormatException Wrong(string pattern, int at) =>
        new(string.Create(CultureInfo.InvariantCulture, $"\"{pattern}\" is not a pattern, at its character {at + 1}"));
}
