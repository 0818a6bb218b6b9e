using System.Text.Json;
using System.Text.Json.Serialization;

namespace BeMore.Safety;

/// <summary>A rules file, checked: whoever changes it learns at once which rule no longer does what its examples say.</summary>
internal sealed class RiskRules
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private RiskRules(RuleDocument document)
    {
        var reader = new PatternReader(document.Words);
        Harmless = [.. document.Harmless.Select(entry => new Rule(entry, reader, Index))];
        Rules = [.. document.Rules.Select(entry => new Rule(entry, reader, Index))];
    }

    /// <summary>What a message's letters say of which patterns to look for.</summary>
    public PatternIndex Index { get; } = new();

    public Rule[] Harmless { get; }

    public Rule[] Rules { get; }

    /// <summary>The rules that come with the program, made at the first use. Tests have proved them.</summary>
    public static Lazy<RiskRules> BuiltIn { get; } = new(ReadBuiltIn);

    private static RiskRules ReadBuiltIn()
    {
        using var file = typeof(RiskRules).Assembly.GetManifestResourceStream("BeMore.Safety.rules.json")!;
        return Read(file);
    }

    /// <exception cref="FormatException">One clause that says what is wrong.</exception>
    public static RiskRules Read(Stream file)
    {
        try
        {
            var document = JsonSerializer.Deserialize<RuleDocument>(file, Json) ?? throw new FormatException("it is empty");
            Check(document);
            return new RiskRules(document);
        }
        catch (JsonException e)
        {
            throw new FormatException($"line {e.LineNumber + 1} is not what a rules file has there ({e.Path})", e);
        }
    }

    /// <summary>Runs the examples.</summary>
    /// <returns>What is wrong, one clause a phrase.</returns>
    public IEnumerable<string> Prove()
    {
        var detector = new RiskDetector(this);
        foreach (var entry in Rules.Select(rule => rule.Entry))
        {
            foreach (var (phrase, expected) in Phrases(entry))
            {
                if (detector.Assess(phrase).Signs.Any(sign => sign.RuleId == entry.Id) != expected)
                {
                    yield return $"the rule {entry.Id} {(expected ? "finds nothing" : "finds something")} in \"{phrase}\"";
                }
            }
        }

        foreach (var entry in Harmless.Select(rule => rule.Entry))
        {
            foreach (var (phrase, expected) in Phrases(entry))
            {
                if ((detector.Assess(phrase).Level == RiskLevel.None) != expected)
                {
                    yield return $"beside the harmless {entry.Id}, {(expected ? "a rule finds something" : "no rule finds anything")} in \"{phrase}\"";
                }
            }
        }
    }

    private static IEnumerable<(string Phrase, bool Expected)> Phrases(RuleEntry entry) =>
        entry.Examples.Select(phrase => (phrase, true)).Concat(entry.Counterexamples.Select(phrase => (phrase, false)));

    private static void Check(RuleDocument document)
    {
        var ids = new HashSet<string>();
        foreach (var entry in document.Harmless.Concat(document.Rules))
        {
            if (!ids.Add(entry.Id))
            {
                throw new FormatException($"two rules are called {entry.Id}");
            }

            if (entry.Any.Length == 0 || entry.Examples.Length == 0)
            {
                throw new FormatException($"the rule {entry.Id} has no patterns or no examples");
            }
        }

        if (document.Rules.FirstOrDefault(entry => entry.Level == RiskLevel.None) is { } without)
        {
            throw new FormatException($"the rule {without.Id} has no level");
        }
    }
}
