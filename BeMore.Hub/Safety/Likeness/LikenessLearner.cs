using System.Globalization;

namespace BeMore.Safety;

/// <summary>
/// Learns from labelled phrases what each group of syllables says (docs/safety.md). A group counts by how much oftener it stands in phrases of
/// one kind than of the other, after S. Wang and C. Manning: Baselines and bigrams, 2012.
/// </summary>
internal static class LikenessLearner
{
    /// <summary>Phrases in which a group must stand: what one person said once says nothing.</summary>
    private const int FewestPhrases = 2;

    /// <summary>Added to each count, so that what stands in one kind only does not count for all.</summary>
    private const double Unseen = 0.1;

    private const double Trust = 16;

    /// <summary>How often words of another phrase are put beside one, how many, and how long, in characters, that other may be.</summary>
    private const int TimesBeside = 2, MostWordsBeside = 4, LongestBeside = 40;

    private static readonly Func<RiskLevel, bool>[] Questions =
    [
        level => level > RiskLevel.None,
        level => level >= RiskLevel.Active,
        level => level == RiskLevel.Imminent,
        level => level == RiskLevel.Other,
    ];

    /// <summary>Writes the file that <see cref="PhraseLikeness.Read"/> reads.</summary>
    /// <param name="phrases">Some thousands of them, of all levels.</param>
    /// <param name="file">Takes the lines, in an order that does not depend on the machine.</param>
    public static void Learn(IReadOnlyList<LabelledPhrase> phrases, TextWriter file)
    {
        var said = phrases.Select(phrase => new Example(phrase.Label, SpokenText.Normalise(phrase.Phrase))).ToList();
        var names = NameGroups(said);
        var numbers = names.Select((name, number) => (name, number)).ToDictionary(named => SyllableGroups.Key(named.name), named => named.number);
        said.AddRange(PutBesideOthers([.. said]));

        var found = said.Select(example => Find(example.Text, numbers)).ToArray();
        var shares = Shares(said, found, names.Count);
        var examples = found.Select(groups => Weigh(groups, shares)).ToArray();
        var answers = new double[Questions.Length][];
        Parallel.For(0, Questions.Length, question =>
            answers[question] = LogisticRegression.Learn(examples, [.. said.Select(example => Questions[question](example.Label))], names.Count, Trust));

        file.Write("# What groups of syllables say, in hundredths: share, danger, urgent, imminent, other. Made by safety-learn (docs/safety.md).\n");
        Write("bias", 0, answers.Select(weights => weights[^1]));
        for (var group = 0; group < names.Count; group++)
        {
            Write(names[group], shares[group], answers.Select(weights => weights[group] * shares[group]));
        }

        void Write(string name, double share, IEnumerable<double> says) =>
            file.Write(string.Join('\t', says.Prepend(share).Select(InHundredths).Prepend(name)) + "\n");
    }

    /// <summary>The groups that stand in several phrases.</summary>
    private static List<string> NameGroups(IEnumerable<Example> said)
    {
        var counts = new Dictionary<string, int>();
        foreach (var name in said.SelectMany(example => SyllableGroups.Named(example.Text).Distinct()))
        {
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        return [.. counts.Where(count => count.Value >= FewestPhrases).Select(count => count.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// The dangerous ones again, beside some words of harmless ones: whoever wants to die on a journey wants to die, and the weights of a
    /// journey's words must not outweigh it.
    /// </summary>
    private static IEnumerable<Example> PutBesideOthers(IReadOnlyCollection<Example> said)
    {
        var random = new Random(1);
        var harmless = said
            .Where(example => example.Label == RiskLevel.None && example.Text.Length < LongestBeside)
            .Select(example => example.Text.Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 0)
            .ToArray();
        var dangerous = said.Where(example => example.Label > RiskLevel.None).ToArray();
        foreach (var (label, text) in harmless.Length == 0 ? [] : Enumerable.Repeat(dangerous, TimesBeside).SelectMany(all => all))
        {
            var words = harmless[random.Next(harmless.Length)];
            var first = random.Next(words.Length);
            var beside = string.Join(' ', words.Skip(first).Take(random.Next(1, MostWordsBeside + 1)));
            yield return new Example(label, random.Next(10) < 7 ? $".{beside} {text[1..]}" : $"{text[..^1]} {beside}.");
        }
    }

    private static int[] Find(string text, Dictionary<ulong, int> numbers)
    {
        var keys = new ulong[SyllableGroups.Most(text.Length)];
        var count = SyllableGroups.Find(text, keys);
        return [.. keys.Take(count).Distinct().Where(numbers.ContainsKey).Select(key => numbers[key])];
    }

    /// <summary>How much oftener each group stands in dangerous phrases than in harmless ones, or the other way: the logarithm, without its sign.</summary>
    private static double[] Shares(IReadOnlyList<Example> said, int[][] found, int groups)
    {
        var (dangerous, harmless) = (new double[groups], new double[groups]);
        for (var i = 0; i < found.Length; i++)
        {
            var counts = said[i].Label > RiskLevel.None ? dangerous : harmless;
            foreach (var group in found[i])
            {
                counts[group]++;
            }
        }

        double allDangerous = said.Count(example => example.Label > RiskLevel.None), allHarmless = said.Count - allDangerous;
        return [.. dangerous.Zip(harmless, (d, h) => Math.Abs(Math.Log((d + Unseen) / allDangerous * allHarmless / (h + Unseen))))];
    }

    private static (int Feature, double Value)[] Weigh(int[] groups, double[] shares)
    {
        var length = Math.Sqrt(PhraseLikeness.LeastSquares + groups.Sum(group => shares[group] * shares[group]));
        return [.. groups.Select(group => (group, shares[group] / length))];
    }

    private static string InHundredths(double value) => Math.Round(value * 100).ToString(CultureInfo.InvariantCulture);

    /// <param name="Label">Its level.</param>
    /// <param name="Text">Normalised: it begins and ends with a full stop.</param>
    private readonly record struct Example(RiskLevel Label, string Text);
}
