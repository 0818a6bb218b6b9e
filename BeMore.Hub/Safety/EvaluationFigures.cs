using System.Globalization;

namespace BeMore.Safety;

/// <summary>Counts of what was labelled and what was found.</summary>
internal sealed class EvaluationFigures
{
    private static readonly RiskLevel[] Levels = [RiskLevel.Imminent, RiskLevel.Active, RiskLevel.Passive, RiskLevel.Other, RiskLevel.None];

    private readonly int[,] _counts = new int[Levels.Length, Levels.Length];

    /// <summary>Labelled imminent or active, found imminent or active.</summary>
    public double UrgentRecall => Share(RiskLevel.Active, found => found >= RiskLevel.Active, RiskLevel.Imminent);

    /// <summary>Labelled other than none, found other than none.</summary>
    public double CrisisRecall => Share(RiskLevel.Other, found => found > RiskLevel.None, RiskLevel.Imminent);

    /// <summary>Labelled none, found other than none.</summary>
    public double FalseAlarms => Share(RiskLevel.None, found => found > RiskLevel.None, RiskLevel.None);

    public void Add(RiskLevel label, RiskLevel found) => _counts[(int)label, (int)found]++;

    public void Write(TextWriter writer)
    {
        writer.WriteLine();
        writer.WriteLine($"recall of imminent and active, found as either\t{Percent(UrgentRecall)}");
        writer.WriteLine($"recall of all but none, found as anything but none\t{Percent(CrisisRecall)}");
        writer.WriteLine($"false alarms, of none\t{Percent(FalseAlarms)}");
        foreach (var level in Levels)
        {
            writer.WriteLine($"recall of {LabelledPhrase.Name(level)}, found as such\t{Percent(Share(level, found => found == level, level))}");
        }

        writer.WriteLine();
        writer.WriteLine("label\\found\t" + string.Join('\t', Levels.Select(LabelledPhrase.Name)));
        foreach (var label in Levels)
        {
            writer.WriteLine(LabelledPhrase.Name(label) + "\t" + string.Join('\t', Levels.Select(found => _counts[(int)label, (int)found])));
        }
    }

    /// <summary>Of the phrases labelled from <paramref name="least"/> to <paramref name="most"/>, those found as wanted; not a number where there is none.</summary>
    private double Share(RiskLevel least, Func<RiskLevel, bool> isWanted, RiskLevel most)
    {
        double wanted = 0, all = 0;
        foreach (var label in Levels.Where(label => label >= least && label <= most))
        {
            foreach (var found in Levels)
            {
                var count = _counts[(int)label, (int)found];
                all += count;
                wanted += isWanted(found) ? count : 0;
            }
        }

        return wanted / all;
    }

    private static string Percent(double share) =>
        double.IsNaN(share) ? "–" : share.ToString("0.000", CultureInfo.InvariantCulture);
}
