using System.Globalization;
using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>One number as <c>/metrics</c> prints it.</summary>
internal sealed record ScrapedNumber(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>What <c>/metrics</c> printed at one moment.</summary>
internal sealed partial class Scrape
{
    private readonly IReadOnlyList<ScrapedNumber> _numbers;

    public Scrape(string text)
    {
        Text = text;
        _numbers = [.. text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(Read)];
    }

    public string Text { get; }

    public IReadOnlyList<ScrapedNumber> Numbers => _numbers;

    /// <summary>The sum of those of this name with these labels; 0 if there are none.</summary>
    public double Sum(string name, params (string Name, string Value)[] labels) =>
        _numbers.Where(n => n.Name == name && labels.All(l => n.Labels.GetValueOrDefault(l.Name) == l.Value)).Sum(n => n.Value);

    /// <summary>By the values of a label, without those that are 0.</summary>
    public Dictionary<string, double> By(string name, string label) =>
        _numbers.Where(n => n.Name == name && n.Labels.ContainsKey(label) && n.Value != 0).GroupBy(n => n.Labels[label]).ToDictionary(g => g.Key, g => g.Sum(n => n.Value));

    private static ScrapedNumber Read(string line)
    {
        var match = Line().Match(line);
        match.Success.Should().BeTrue("Prometheus reads \"{0}\"", line);
        return new ScrapedNumber(
            match.Groups["name"].Value,
            match.Groups["label"].Captures.Zip(match.Groups["value"].Captures).ToDictionary(l => l.First.Value, l => l.Second.Value),
            double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("""^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(\\.|[^"\\])*)",?)*\})? (?<number>\S+)( \d+)?$""")]
    private static partial Regex Line();
}
