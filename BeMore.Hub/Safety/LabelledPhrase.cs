namespace BeMore.Safety;

/// <summary>A phrase and the level that somebody gave it.</summary>
internal readonly record struct LabelledPhrase(RiskLevel Label, string Phrase)
{
    private static readonly string[] Names = ["none", "other", "passive", "active", "imminent"];

    public static string Name(RiskLevel level) => Names[(int)level];

    /// <summary>Reads lines of a label, a tab and a phrase.</summary>
    /// <param name="lines">Of a file.</param>
    /// <param name="phrases">Those that could be read.</param>
    /// <param name="bad">The number of the first line that is wrong, from 1.</param>
    public static bool TryReadAll(IReadOnlyList<string> lines, out List<LabelledPhrase> phrases, out int bad)
    {
        phrases = [];
        for (bad = 1; bad <= lines.Count; bad++)
        {
            var line = lines[bad - 1].Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            var label = tab < 0 ? -1 : Array.IndexOf(Names, line[..tab].Trim().ToLowerInvariant());
            if (label < 0)
            {
                return false;
            }

            phrases.Add(new LabelledPhrase((RiskLevel)label, line[tab..].Trim()));
        }

        return true;
    }
}
