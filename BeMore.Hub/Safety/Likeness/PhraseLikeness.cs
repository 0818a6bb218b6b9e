using System.Buffers;
using System.Text;

namespace BeMore.Safety;

/// <summary>
/// How much a message is like the labelled phrases of docs/safety: a second reader beside the rules, which finds what no rule foresaw, and
/// doubts what a rule found in passing. Weights of groups of syllables, learnt by <see cref="LikenessLearner"/>; safe for many threads at once.
/// </summary>
internal sealed class PhraseLikeness
{
    /// <summary>Characters: the labelled phrases are shorter. In a longer message the one thing that matters would be lost among the rest.</summary>
    private const int LongestWhole = 160;

    /// <summary>A longer message is read in pieces of so many characters, which overlap by half.</summary>
    private const int Piece = 120;

    /// <summary>
    /// Added to the squares of a message's shares, in learning as in reading: a word or two say too little to be like anything.
    /// </summary>
    public const float LeastSquares = 100;

    /// <summary>The weights are whole hundredths.</summary>
    private const float Unit = 0.01f;

    /// <summary>Bytes: no group's name is nearly as long.</summary>
    private const int LongestName = 256;

    private readonly GroupWeights _weights;
    private readonly GroupWeight _bias;

    private PhraseLikeness(GroupWeights weights, GroupWeight bias) => (_weights, _bias) = (weights, bias);

    /// <summary>What comes with the program, made at the first use.</summary>
    public static Lazy<PhraseLikeness> BuiltIn { get; } = new(ReadBuiltIn);

    /// <summary>Reads what <see cref="LikenessLearner"/> wrote.</summary>
    /// <param name="file">UTF-8.</param>
    /// <exception cref="FormatException">One clause that says what is wrong.</exception>
    public static PhraseLikeness Read(Stream file)
    {
        var weights = new GroupWeights();
        GroupWeight? bias = null;
        var number = 0;
        var buffer = new byte[64 * 1024];
        var name = new char[LongestName];
        var length = 0;
        // Line by line from the bytes: a start waits for it.
        for (var isOver = false; !isOver;)
        {
            var read = file.Read(buffer, length, buffer.Length - length);
            isOver = read == 0;
            length += read;
            var rest = buffer.AsSpan(0, length);
            while (rest.IndexOf((byte)'\n') is var end && (end >= 0 || (isOver && !rest.IsEmpty)))
            {
                Take(rest[..(end < 0 ? rest.Length : end)]);
                rest = rest[(end < 0 ? rest.Length : end + 1)..];
            }

            if (rest.Length == buffer.Length)
            {
                throw Wrong(number + 1);
            }

            rest.CopyTo(buffer);
            length = rest.Length;
        }

        return new PhraseLikeness(weights, bias ?? throw new FormatException("it is empty"));

        void Take(ReadOnlySpan<byte> line)
        {
            number++;
            line = (number == 1 && line.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line).TrimEnd((byte)'\r');
            if (line.IsEmpty || line[0] == '#')
            {
                return;
            }

            var tab = line.IndexOf((byte)'\t');
            if (tab is <= 0 or > LongestName || GroupWeight.TryParse(line[(tab + 1)..]) is not { } weight)
            {
                throw Wrong(number);
            }

            // The first line is of every message.
            if (bias is null)
            {
                bias = weight;
            }
            else
            {
                weights.Set(SyllableGroups.Key(name.AsSpan(0, Encoding.UTF8.GetChars(line[..tab], name))), weight);
            }
        }

        static FormatException Wrong(int number) => new($"line {number} is no group of syllables and its five weights");
    }

    /// <summary>Of a message, or of that piece of a long one which is most like danger.</summary>
    /// <param name="message">Normalised (<see cref="SpokenText"/>).</param>
    public LikenessScores Score(ReadOnlySpan<char> message)
    {
        if (message.Length <= LongestWhole)
        {
            return ScorePiece(message);
        }

        LikenessScores? most = null;
        for (var start = 0; start < message.Length - (Piece / 2); start += Piece / 2)
        {
            var scores = ScorePiece(message[start..Math.Min(start + Piece, message.Length)]);
            if (most is not { } before || scores.Danger > before.Danger)
            {
                most = scores;
            }
        }

        return most!.Value;
    }

    private LikenessScores ScorePiece(ReadOnlySpan<char> piece)
    {
        var most = SyllableGroups.Most(piece.Length);
        var groups = ArrayPool<ulong>.Shared.Rent(most);
        var places = ArrayPool<int>.Shared.Rent(most);
        var count = 0;
        foreach (var group in groups.AsSpan(0, SyllableGroups.Find(piece, groups)))
        {
            var place = _weights.Find(group);
            places[count] = place;
            count += place >= 0 ? 1 : 0;
        }

        // A group counts once, however often it is said.
        var found = places.AsSpan(0, count);
        found.Sort();
        int danger = 0, urgent = 0, imminent = 0, other = 0;
        var squares = 0L;
        for (var i = 0; i < found.Length; i++)
        {
            if (i == 0 || found[i] != found[i - 1])
            {
                ref readonly var weight = ref _weights.At(found[i]);
                danger += weight.Danger;
                urgent += weight.Urgent;
                imminent += weight.Imminent;
                other += weight.Other;
                squares += weight.Share * weight.Share;
            }
        }

        // What somebody said does not wait in a pool for whoever comes next.
        ArrayPool<ulong>.Shared.Return(groups, clearArray: true);
        ArrayPool<int>.Shared.Return(places, clearArray: true);
        // Long phrases are not more dangerous than short ones.
        var length = Math.Sqrt((squares * Unit * Unit) + LeastSquares);
        return new LikenessScores(
            Unit * (_bias.Danger + (danger / length)),
            Unit * (_bias.Danger + (squares > 0 ? danger / (Math.Sqrt(squares) * Unit) : 0)),
            Unit * (_bias.Urgent + (urgent / length)),
            Unit * (_bias.Imminent + (imminent / length)),
            Unit * (_bias.Other + (other / length)));
    }

    private static PhraseLikeness ReadBuiltIn()
    {
        using var file = typeof(PhraseLikeness).Assembly.GetManifestResourceStream("BeMore.Safety.likeness.tsv")!;
        return Read(file);
    }
}
