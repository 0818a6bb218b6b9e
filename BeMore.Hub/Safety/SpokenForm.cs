using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>One way in which something is heard, and how it is written.</summary>
/// <remarks>
/// Most messages hold none of the letters that most forms cannot do without, and asking for those costs a hundredth of the regular
/// expression. They are read from the expression itself, of which only this is understood: letters, <c>[…]</c>, groups, alternatives, looks
/// ahead and behind, and <c>?</c>.
/// </remarks>
internal sealed class SpokenForm
{
    private readonly Regex _heard;
    private readonly string _written;
    private readonly Need _need;

    /// <param name="heard">A regular expression.</param>
    /// <param name="written">What takes its place.</param>
    public SpokenForm(string heard, string written)
    {
        (_heard, _written) = (new Regex(heard, RegexOptions.CultureInvariant), written);
        var at = 0;
        _need = ReadBranches(heard, ref at);
    }

    /// <summary>Writes it as it is written, wherever it is heard.</summary>
    /// <param name="text">A message.</param>
    /// <param name="letters">Those of the message, and more if need be: what is written is added.</param>
    public string Write(string text, ref LetterSet letters)
    {
        if (!_need.MayBeMet(letters))
        {
            return text;
        }

        var written = _heard.Replace(text, _written);
        if (!ReferenceEquals(written, text))
        {
            letters.Add(written);
        }

        return written;
    }

    private static Need ReadBranches(string regex, ref int at)
    {
        var branches = new List<Need[]> { ReadBranch(regex, ref at) };
        while (at < regex.Length && regex[at] == '|')
        {
            at++;
            branches.Add(ReadBranch(regex, ref at));
        }

        return new Need("", [.. branches]);
    }

    private static Need[] ReadBranch(string regex, ref int at)
    {
        var needs = new List<Need>();
        while (at < regex.Length && regex[at] is not ('|' or ')'))
        {
            var need = ReadPart(regex, ref at);
            if (at < regex.Length && regex[at] == '?')
            {
                at++;
            }
            else if (need is not null)
            {
                needs.Add(need);
            }
        }

        return [.. needs];
    }

    /// <returns>Null: it needs nothing.</returns>
    private static Need? ReadPart(string regex, ref int at)
    {
        switch (regex[at])
        {
            case '[':
                var end = regex.IndexOf(']', at);
                var letters = regex[(at + 1)..end];
                at = end + 1;
                return letters.Contains('-', StringComparison.Ordinal) ? null : new Need(letters, []);
            case '(':
                var start = at + 1;
                at = regex.AsSpan(start) switch
                {
                    ['?', '<', ..] => start + 3,
                    ['?', ..] => start + 2,
                    _ => start,
                };
                var group = ReadBranches(regex, ref at);
                at++;
                return regex.AsSpan(start).StartsWith("?!") ? null : group;
            case '.' or '*' or '+' or '{' or '\\' or '^' or '$':
                throw new NotSupportedException($"What {regex} needs cannot be read.");
            default:
                return new Need(regex[at++].ToString(), []);
        }
    }

    /// <summary>What a part cannot do without.</summary>
    /// <param name="OneOf">One of these letters; or, if there are none,</param>
    /// <param name="Branches">all of one of these.</param>
    private sealed record Need(string OneOf, Need[][] Branches)
    {
        public bool MayBeMet(in LetterSet letters)
        {
            if (OneOf.Length > 0)
            {
                return letters.HasAny(OneOf);
            }

            foreach (var branch in Branches)
            {
                if (MayAllBeMet(branch, letters))
                {
                    return true;
                }
            }

            return false;
        }

        private static bool MayAllBeMet(Need[] needs, in LetterSet letters)
        {
            foreach (var need in needs)
            {
                if (!need.MayBeMet(letters))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
