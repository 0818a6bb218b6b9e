using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>The numbers that a person is given: those of help-lines.json, or of the deployment's own <c>HELP_LINES_FILE</c>, which has its shape.</summary>
internal sealed class HelpLines
{
    private const string Setting = "HELP_LINES_FILE";

    /// <summary>Texts, prompts and the page name these.</summary>
    private static readonly string[] Needed = ["suicide", "crisis", "rescue", "police", "youth", "women"];

    private readonly Dictionary<string, HelpLine> _byId;

    private HelpLines(IReadOnlyList<HelpLine> lines)
    {
        All = lines;
        _byId = lines.ToDictionary(line => line.Id, StringComparer.Ordinal);
    }

    /// <summary>In the file's order.</summary>
    public IReadOnlyList<HelpLine> All { get; }

    public static HelpLines Read(Settings settings)
    {
        var file = SafetyFile<Document>.Read(
            settings, Setting, "help-lines.json", "\"lines\", each with id, name, number, spoken, hours, source and checked, and with written where one can write");
        var entries = file.Content.Lines ?? throw file.Wrong("a file with a list \"lines\"");
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i] is not { HasId: true })
            {
                throw file.Wrong($"a list of lines that all have an \"id\" of small letters (number {i + 1} has none)");
            }
        }

        if (entries.GroupBy(entry => entry!.Id).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
        {
            throw file.Wrong($"a list that has a line \"{twice}\" once");
        }

        foreach (var entry in entries)
        {
            if (entry!.Missing is { } missing)
            {
                throw file.Wrong($"a list whose line \"{entry.Id}\" {missing}");
            }
        }

        return Array.Find(Needed, id => entries.All(entry => entry!.Id != id)) is { } absent
            ? throw file.Wrong($"a list that has a line \"{absent}\", because texts, prompts and the page name it")
            : new HelpLines([.. entries.Select(entry => entry!.ToLine())]);
    }

    /// <summary>There is such a line, and something of that name to say about it, if only nothing.</summary>
    public bool Knows(HelpPlaceholder placeholder) =>
        _byId.ContainsKey(placeholder.Id) && (placeholder.Member.Length == 0 || HelpLine.Members.Contains(placeholder.Member));

    /// <summary>Null where the line says nothing of it.</summary>
    public string? Say(HelpPlaceholder placeholder) => _byId[placeholder.Id].Say(placeholder.Member);

    /// <summary>Puts the lines into a text: <c>{suicide}</c> becomes 자살예방상담전화 109(일공구), <c>{suicide.hours}</c> 24시간.</summary>
    /// <param name="text">Names lines that there are.</param>
    /// <param name="encode">What the text's format asks for; null: nothing.</param>
    public string Fill(string text, Func<string, string>? encode = null) => HelpPlaceholder.Replace(text, placeholder =>
    {
        var said = Say(placeholder) ?? "";
        return encode is null ? said : encode(said);
    });

    private sealed record Document(HelpLineEntry?[]? Lines);
}
