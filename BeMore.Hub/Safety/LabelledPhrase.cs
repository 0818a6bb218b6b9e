namespace BeMore.Safety;

/// <summary>A phrase and the level that somebody gave it.</summary>
internal readonly record struct LabelledPhrase(RiskLevel Label, string Phrase)
{
    /// <summary>EX_DATAERR and EX_NOINPUT of sysexits.h.</summary>
    private const int BadLine = 65, NoInput = 66;

    private static readonly string[] Names = ["none", "other", "passive", "active", "imminent"];

    public static string Name(RiskLevel level) => Names[(int)level];

    /// <summary>Reads a file for a command.</summary>
    /// <param name="file">As <see cref="TryReadAll"/> wants it.</param>
    /// <param name="errors">Takes the sentence that says what is wrong.</param>
    /// <param name="exitCode">The process's, if it is wrong.</param>
    public static List<LabelledPhrase>? ReadFile(string file, TextWriter errors, out int exitCode)
    {
        exitCode = 0;
        try
        {
            if (TryReadAll(File.ReadAllLines(file), out var phrases, out var bad))
            {
                return phrases;
            }

            errors.WriteLine($"Line {bad} of {file} must be imminent, active, passive, other or none, a tab, and a phrase.");
            exitCode = BadLine;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.WriteLine($"{file} cannot be read.");
            exitCode = NoInput;
        }

        return null;
    }

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
