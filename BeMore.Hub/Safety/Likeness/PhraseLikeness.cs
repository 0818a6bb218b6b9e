using System.Buffers;

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

    /// <summary>The file has whole hundredths.</summary>
    private const float Unit = 0.01f;

    private readonly Dictionary<ulong, GroupWeight> _weights;
    private readonly GroupWeight _bias;

    private PhraseLikeness(Dictionary<ulong, GroupWeight> weights, GroupWeight bias) => (_weights, _bias) = (weights, bias);

    /// <summary>What comes with the program, made at the first use.</summary>
    public static Lazy<PhraseLikeness> BuiltIn { get; } = new(ReadBuiltIn);

    /// <summary>Reads what <see cref="LikenessLearner"/> wrote.</summary>
    /// <exception cref="FormatException">One clause that says what is wrong.</exception>
    public static PhraseLikeness Read(TextReader file)
    {
        var weights = new Dictionary<ulong, GroupWeight>();
        GroupWeight? bias = null;
        for (var number = 1; file.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab <= 0 || GroupWeight.TryParse(line.AsSpan(tab + 1), Unit) is not { } weight)
            {
                throw new FormatException($"line {number} is no group of syllables and its five weights");
            }

            // The first line is of every message.
            if (bias is null)
            {
                bias = weight;
            }
            else
            {
                weights[SyllableGroups.Key(line.AsSpan(0, tab))] = weight;
            }
        }

        return new PhraseLikeness(weights, bias ?? throw new FormatException("it is empty"));
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
        var rented = ArrayPool<ulong>.Shared.Rent(SyllableGroups.Most(piece.Length));
        var groups = rented.AsSpan(0, SyllableGroups.Find(piece, rented));
        // A group counts once, however often it is said.
        groups.Sort();
        var sum = default(GroupWeight);
        var squares = 0f;
        for (var i = 0; i < groups.Length; i++)
        {
            if ((i == 0 || groups[i] != groups[i - 1]) && _weights.TryGetValue(groups[i], out var weight))
            {
                sum += weight;
                squares += weight.Share * weight.Share;
            }
        }

        ArrayPool<ulong>.Shared.Return(rented, clearArray: true);
        // Long phrases are not more dangerous than short ones.
        var length = MathF.Sqrt(squares + LeastSquares);
        return new LikenessScores(
            _bias.Danger + (sum.Danger / length),
            _bias.Danger + (squares > 0 ? sum.Danger / MathF.Sqrt(squares) : 0),
            _bias.Urgent + (sum.Urgent / length),
            _bias.Imminent + (sum.Imminent / length),
            _bias.Other + (sum.Other / length));
    }

    private static PhraseLikeness ReadBuiltIn()
    {
        using var file = new StreamReader(typeof(PhraseLikeness).Assembly.GetManifestResourceStream("BeMore.Safety.likeness.tsv")!);
        return Read(file);
    }
}
