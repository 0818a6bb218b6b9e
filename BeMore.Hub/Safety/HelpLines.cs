using System.Text.Json;
using System.Text.RegularExpressions;
using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>The numbers that a person is given: those of help-lines.json, or of the deployment's own <c>HELP_LINES_FILE</c>, which has its shape.</summary>
internal sealed partial class HelpLines
{
    private const string Setting = "HELP_LINES_FILE";

    /// <summary>Texts and prompts name these.</summary>
    private static readonly string[] Needed = ["suicide", "crisis", "rescue", "police", "youth", "women"];

    private readonly Dictionary<string, HelpLine> _byId;

    private HelpLines(Dictionary<string, HelpLine> byId) => _byId = byId;

    public static HelpLines Read(Settings settings)
    {
        var file = settings.Text(Setting);
        if (file is null)
        {
            using var embedded = typeof(HelpLines).Assembly.GetManifestResourceStream("BeMore.Safety.help-lines.json")!;
            return Parse(embedded, "help-lines.json");
        }

        try
        {
            using var own = File.OpenRead(file);
            return Parse(own, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Settings.Wrong(Setting, file, "a file that can be read");
        }
    }

    /// <summary>Puts the numbers into a text: <c>{suicide}</c> becomes 자살예방상담전화 109(일공구).</summary>
    public string Fill(string text) => Placeholder().Replace(text, id => _byId[id.Groups[1].Value].InWords);

    private static HelpLines Parse(Stream json, string file)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            throw Wrong(file, "JSON of the shape of BeMore.Hub/Safety/help-lines.json, each line with id, name, number, spoken, hours, source and checked (a date)");
        }

        var lines = (document?.Lines ?? []).Where(l => l.Id is not null).DistinctBy(l => l.Id).ToDictionary(l => l.Id, StringComparer.Ordinal);
        if (Array.Find(Needed, id => !lines.ContainsKey(id)) is { } missing)
        {
            throw Wrong(file, $"a list that has a line \"{missing}\", because the help texts name it");
        }

        return lines.Values.FirstOrDefault(l => !IsRight(l)) is { } wrong
            ? throw Wrong(file, $"a list whose line \"{wrong.Id}\" has a number of digits and hyphens, how that is spoken, a name, hours and a source")
            : new HelpLines(lines);
    }

    private static bool IsRight(HelpLine line) =>
        line.Number is not null && Number().IsMatch(line.Number)
        && new[] { line.Name, line.Spoken, line.Hours, line.Source }.All(t => !string.IsNullOrWhiteSpace(t));

    private static ConfigurationException Wrong(string file, string right) => Settings.Wrong(Setting, file, right);

    [GeneratedRegex("^[0-9][0-9-]{1,14}$")]
    private static partial Regex Number();

    [GeneratedRegex("\\{([a-z]+)\\}")]
    private static partial Regex Placeholder();

    private sealed record Document(HelpLine[] Lines);
}
