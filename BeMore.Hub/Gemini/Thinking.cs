using System.Collections.Concurrent;

namespace BeMore.Gemini;

/// <summary>
/// Turns thinking down where a model allows it: the first words must come within two seconds, and thoughts are paid for
/// out of the answer's own 1024 tokens. What a model allows is in its name only for some; the rest is learnt from its refusal.
/// </summary>
internal sealed class Thinking
{
    private readonly ConcurrentDictionary<string, bool> _refused = new(StringComparer.Ordinal);

    public ThinkingConfig? For(string model) => _refused.ContainsKey(model) ? null : Least(model);

    /// <summary>The model refused to think less: it is not asked again.</summary>
    public void Refused(string model) => _refused.TryAdd(model, true);

    // Documented at ai.google.dev/gemini-api/docs/thinking: a budget up to 2.5 (0 is off for Flash, Pro's least is 128),
    // a level from 3 on, which also takes a budget for older callers' sake: so the aliases, which may be either, get a budget.
    private static ThinkingConfig? Least(string model) =>
        model.Contains("2.5-pro", StringComparison.Ordinal) ? new ThinkingConfig(ThinkingBudget: 128)
        : model.StartsWith("gemini-3", StringComparison.Ordinal) ? new ThinkingConfig(ThinkingLevel: model.Contains("flash", StringComparison.Ordinal) ? "minimal" : "low")
        : model.Contains("flash", StringComparison.Ordinal) && !model.Contains("1.5", StringComparison.Ordinal) && !model.Contains("2.0", StringComparison.Ordinal) ? new ThinkingConfig(ThinkingBudget: 0)
        : null;
}
