using System.Globalization;
using System.Text;
using BeMore.Bench.Measuring;

namespace BeMore.Bench;

/// <summary>The table that is the benchmark's result, and what went wrong while it was made.</summary>
internal sealed class Report
{
    private const string Begin = "<!-- figures -->";
    private const string End = "<!-- end of figures -->";

    private readonly List<Row> _rows = [];
    private readonly List<string> _failures = [];

    /// <summary>Whether all answers were right and none was missing: figures of wrong answers are worth nothing.</summary>
    public bool IsSound => _failures.Count == 0;

    /// <param name="scenario">Its name and its size.</param>
    /// <param name="measure">What was measured, with its unit.</param>
    /// <param name="result">The figure, or several.</param>
    /// <param name="target">What it is to be, where that is promised.</param>
    /// <param name="isReached">Whether it is.</param>
    public void Add(string scenario, string measure, FormattableString result, string target = "", bool isReached = true) =>
        _rows.Add(new Row(scenario, measure, result.ToString(CultureInfo.InvariantCulture), target.Length == 0 ? "" : $"{target}: {(isReached ? "yes" : "**no**")}"));

    public void Fail(string scenario, string what)
    {
        _failures.Add($"{scenario}: {what}");
        Progress($"{scenario}: WRONG: {what}");
    }

    /// <summary>To whoever waits for the table.</summary>
    public static void Progress(string line) =>
        Console.Error.WriteLine($"{DateTimeOffset.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture)} {line}");

    /// <summary>As docs/performance.md has it.</summary>
    public string ToMarkdown(string hub)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:yyyy-MM-dd}, {hub}, on {Machine.Describe()}:").AppendLine();
        text.AppendLine("| scenario | measure | result | target |").AppendLine("|---|---|---|---|");
        string? scenario = null;
        foreach (var row in _rows)
        {
            text.AppendLine($"| {(row.Scenario == scenario ? "" : row.Scenario)} | {row.Measure} | {row.Result} | {row.Target} |");
            scenario = row.Scenario;
        }

        text.AppendLine();
        foreach (var failure in _failures)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"**Wrong:** {failure}").AppendLine();
        }

        if (_failures.Count == 0)
        {
            text.AppendLine("Every answer was, byte for byte, what the fake Gemini gave and is in the database; none was missing.");
        }

        return text.ToString().TrimEnd() + "\n";
    }

    /// <summary>Between the two marks of a file that has them, as docs/performance.md does; else it is the file.</summary>
    public static void Write(string file, string table)
    {
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(file, begin >= 0 && end > begin ? $"{text[..(begin + Begin.Length)]}\n\n{table}\n{text[end..]}" : table);
    }

    private sealed record Row(string Scenario, string Measure, string Result, string Target);
}
