using System.Globalization;
using System.Text;

namespace BeMore.Safety;

/// <summary>A part of a pattern (docs/safety.md).</summary>
internal abstract class PatternNode
{
    /// <summary>Appends it as a regular expression.</summary>
    /// <param name="regex">What is appended to.</param>
    /// <param name="isStart">Nothing stands before it, or a mark that took the space: a letter need not look for one.</param>
    public abstract void AppendTo(StringBuilder regex, ref bool isStart);

    /// <summary>Whether it can match in a message of these letters.</summary>
    public virtual bool CanMatch(in MessageLetters letters) => true;

    /// <summary>What it cannot do without; null if it can do without anything.</summary>
    public virtual PatternNeeds? Needs => null;

    /// <summary>Appends, for a regular expression's brackets, what it can begin with.</summary>
    /// <param name="starts">What is appended to.</param>
    /// <param name="isOptional">It may be nothing: what follows may begin instead.</param>
    /// <returns>Whether that is known.</returns>
    public virtual bool TryAppendStarts(StringBuilder starts, out bool isOptional)
    {
        isOptional = false;
        return false;
    }

    /// <summary>A letter, or one of those from it to another.</summary>
    public sealed class Letter(char first, char last, bool isOptional) : PatternNode
    {
        /// <summary>To a pair's, which is 1. A rough guess: it only chooses what a pattern is looked up by.</summary>
        private const int LetterCommonness = 10;

        /// <summary>It must be there, and be this one.</summary>
        public char? Certain => first == last && !isOptional ? first : null;

        public override void AppendTo(StringBuilder regex, ref bool isStart)
        {
            var letter = first == last ? $"{first}" : $"[{first}-{last}]";
            regex.Append(isStart ? "(?:" : "(?: ?").Append(letter).Append(isOptional ? ")?" : ")");
            isStart = false;
        }

        public override bool CanMatch(in MessageLetters letters) => isOptional || letters.HoldAny(first, last);

        public override PatternNeeds? Needs =>
            isOptional ? null : new([.. Enumerable.Range(first, last - first + 1)], LetterCommonness + ((last - first) / 4));

        public override bool TryAppendStarts(StringBuilder starts, out bool mayBeNothing)
        {
            mayBeNothing = isOptional;
            starts.Append(first).Append('-').Append(last);
            return true;
        }
    }

    /// <summary>One after the other.</summary>
    public sealed class Sequence : PatternNode
    {
        private readonly IReadOnlyList<PatternNode> _parts;
        private readonly (char First, char Second)[] _pairs;
        private readonly PatternNode[] _cheapestFirst;
        private readonly Lazy<PatternNeeds?> _needs;

        public Sequence(IReadOnlyList<PatternNode> parts)
        {
            _parts = parts;
            _pairs =
            [
                .. parts.Zip(parts.Skip(1))
                    .Where(two => two is { First: Letter { Certain: not null }, Second: Letter { Certain: not null } })
                    .Select(two => (((Letter)two.First).Certain!.Value, ((Letter)two.Second).Certain!.Value)),
            ];
            _cheapestFirst = [.. parts.Where(part => part is Letter or Choice).OrderBy(part => part is Letter ? 0 : 1)];
            _needs = new(() => _pairs.Length > 0
                ? new PatternNeeds([MessageLetters.BitOf(_pairs[0].First, _pairs[0].Second)], Commonness: 1)
                : _cheapestFirst.Select(part => part.Needs).Where(needs => needs is not null).MinBy(needs => needs!.Commonness));
        }

        public override void AppendTo(StringBuilder regex, ref bool isStart)
        {
            foreach (var part in _parts)
            {
                part.AppendTo(regex, ref isStart);
            }
        }

        public override bool TryAppendStarts(StringBuilder starts, out bool isOptional)
        {
            foreach (var part in _parts)
            {
                if (!part.TryAppendStarts(starts, out isOptional))
                {
                    return false;
                }

                if (!isOptional)
                {
                    return true;
                }
            }

            isOptional = true;
            return true;
        }

        /// <summary>The rarest of what its parts need. Found once: hundreds of patterns share the sequences of a list.</summary>
        public override PatternNeeds? Needs => _needs.Value;

        public override bool CanMatch(in MessageLetters letters)
        {
            foreach (var (first, second) in _pairs)
            {
                if (!letters.MayHoldPair(first, second))
                {
                    return false;
                }
            }

            foreach (var part in _cheapestFirst)
            {
                if (!part.CanMatch(letters))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>One of these, or one of a list.</summary>
    /// <param name="branches">These.</param>
    /// <param name="isOptional">Or nothing.</param>
    /// <param name="list">The list's number: many patterns name the same, and its letters are looked for once a message. Null: no list.</param>
    public sealed class Choice(IReadOnlyList<Sequence> branches, bool isOptional, int? list = null) : PatternNode
    {
        private const int Long = 4;

        public override bool TryAppendStarts(StringBuilder starts, out bool mayBeNothing)
        {
            mayBeNothing = isOptional;
            foreach (var branch in branches)
            {
                if (!branch.TryAppendStarts(starts, out var isNothing))
                {
                    return false;
                }

                mayBeNothing |= isNothing;
            }

            return true;
        }

        public override void AppendTo(StringBuilder regex, ref bool isStart)
        {
            // At most places none of a long list can begin: one look tells.
            var starts = new StringBuilder();
            regex.Append(branches.Count >= Long && TryAppendStarts(starts, out var mayBeNothing) && !mayBeNothing ? $"(?= ?[{starts}])" : "");
            for (var i = 0; i < branches.Count; i++)
            {
                regex.Append(i == 0 ? "(?:" : "|");
                var isBranchStart = isStart;
                branches[i].AppendTo(regex, ref isBranchStart);
            }

            regex.Append(isOptional ? ")?" : ")");
            isStart = false;
        }

        public override bool CanMatch(in MessageLetters letters)
        {
            if (isOptional)
            {
                return true;
            }

            if (list is not { } number)
            {
                return CanAnyMatch(letters);
            }

            if (letters.Recall(number) is { } known)
            {
                return known;
            }

            var can = CanAnyMatch(letters);
            letters.Remember(number, can);
            return can;
        }

        /// <summary>Of each branch what that needs: one of them is taken.</summary>
        public override PatternNeeds? Needs
        {
            get
            {
                if (isOptional)
                {
                    return null;
                }

                var bits = new List<int>();
                var commonness = 0;
                foreach (var branch in branches)
                {
                    if (branch.Needs is not { } needs)
                    {
                        return null;
                    }

                    bits.AddRange(needs.Bits);
                    commonness += needs.Commonness;
                }

                return new PatternNeeds(bits, commonness);
            }
        }

        private bool CanAnyMatch(in MessageLetters letters)
        {
            foreach (var branch in branches)
            {
                if (branch.CanMatch(letters))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Some words between. Every gap has a greatest length, so that no message takes long.</summary>
    public sealed class Gap(int length) : PatternNode
    {
        /// <summary>A few words, half a sentence, the next sentence too.</summary>
        private static readonly string[] Lengths = ["(?: ?[^. ]){0,6}", "(?: ?[^. ]){0,16}", "(?: ?[^ ]){0,40}"];

        public static int Longest => Lengths.Length;

        public override void AppendTo(StringBuilder regex, ref bool isStart)
        {
            regex.Append(CultureInfo.InvariantCulture, $"{Lengths[length - 1]}");
            isStart = false;
        }
    }

    /// <summary>Where a sentence or a word begins or ends.</summary>
    public sealed class Edge(char mark) : PatternNode
    {
        public override void AppendTo(StringBuilder regex, ref bool isStart)
        {
            regex.Append(mark == '_' ? "[ .]" : "\\.");
            isStart = mark != '>';
        }

        public override bool TryAppendStarts(StringBuilder starts, out bool isOptional)
        {
            isOptional = false;
            starts.Append(mark == '_' ? " ." : ".");
            return true;
        }
    }
}
