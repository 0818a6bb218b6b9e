using System.Buffers;
using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>
/// What a message says about danger: by rules, and by its likeness to labelled phrases, which finds what no rule foresaw and lets go what a
/// doubtful rule found in passing. Needs neither network nor model, answers the same every time, and is safe for many threads at once.
/// </summary>
internal sealed class RiskDetector(Lazy<RiskRules> lazyRules, Lazy<PhraseLikeness>? lazyLikeness)
{
    /// <summary>Characters (UTF-16) that are read at once: more than any message that is answered has.</summary>
    private const int Window = 4400;

    /// <summary>What a window has in common with the next: a few sentences, so that what one of them cuts off is whole in the other.</summary>
    private const int Overlap = 400;

    // Logarithms of odds, chosen on phrases of writers of whom nothing had been learnt (docs/safety.md).
    private const double LetGoBelow = 1.2, FindAbove = 1.7, RaiseAbove = 0;

    private const string RulesSetting = "SAFETY_RULES_FILE", LikenessSetting = "SAFETY_LIKENESS_FILE";

    /// <summary>What no rule found.</summary>
    private const string LikenessSign = "likeness";

    /// <summary>With the rules alone.</summary>
    public RiskDetector(RiskRules rules)
        : this(new Lazy<RiskRules>(rules), lazyLikeness: null)
    {
    }

    /// <summary>With what comes with the program.</summary>
    public static RiskDetector BuiltIn { get; } = new(RiskRules.BuiltIn, PhraseLikeness.BuiltIn);

    /// <summary>With the rules and the likeness that come with the program, or the deployment's own.</summary>
    public static RiskDetector Read(Settings settings) => new(
        // Tests have proved them. The start need not wait for them: see WarmUp.
        ReadOwn(settings, RulesSetting, "a rules file as docs/safety.md describes it", ReadRules) ?? RiskRules.BuiltIn,
        ReadOwn(settings, LikenessSetting, "what safety-learn wrote", PhraseLikeness.Read) ?? PhraseLikeness.BuiltIn);

    private static Lazy<T>? ReadOwn<T>(Settings settings, string setting, string wanted, Func<FileStream, T> read)
    {
        if (settings.Text(setting) is not { } path)
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(path);
            return new Lazy<T>(read(file));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw Settings.Wrong(setting, path, $"{wanted}: {(e is FormatException ? e.Message : "it cannot be read")}");
        }
    }

    private static RiskRules ReadRules(FileStream file)
    {
        var rules = RiskRules.Read(file);
        return rules.Prove().FirstOrDefault() is { } wrong ? throw new FormatException(wrong) : rules;
    }

    /// <summary>Makes the rules ready, and what the first messages need.</summary>
    public void Prepare() => Assess("준비");

    /// <param name="message">As somebody said it. It is neither kept nor shown.</param>
    public RiskAssessment Assess(string message) => message.Length <= Window ? AssessWindow(message) : AssessLong(message);

    /// <summary>Longer than that is refused as a message, but who is in danger says so anywhere in it.</summary>
    private RiskAssessment AssessLong(string message)
    {
        // Both ends together first: of two signs that are little each, one may stand at either.
        var worst = AssessWindow($"{message[..(Window / 2)]}. {message[^(Window / 2)..]}");
        for (var from = 0; from + Overlap < message.Length && worst.Level < RiskLevel.Imminent; from += Window - Overlap)
        {
            var found = AssessWindow(message.Substring(from, Math.Min(Window, message.Length - from)));
            worst = found.Level > worst.Level ? found : worst;
        }

        return worst;
    }

    private RiskAssessment AssessWindow(string message)
    {
        var rules = lazyRules.Value;
        var whole = SpokenText.Normalise(message);
        var rented = ArrayPool<char>.Shared.Rent(whole.Length);
        try
        {
            var text = rented.AsSpan(0, whole.Length);
            whole.CopyTo(text);
            var letters = new MessageLetters(whole, rules.Index, stackalloc ulong[MessageLetters.Size + rules.Index.Size]);
            foreach (var rule in rules.Harmless)
            {
                rule.StrikeOut(whole, text, letters);
            }

            return Judge(rules, text, whole, letters);
        }
        finally
        {
            // What somebody said does not wait in a pool for whoever comes next.
            ArrayPool<char>.Shared.Return(rented, clearArray: true);
        }
    }

    private RiskAssessment Judge(RiskRules rules, ReadOnlySpan<char> text, string whole, in MessageLetters letters)
    {
        List<RiskSign>? signs = null;
        var isCertain = false;
        foreach (var rule in rules.Rules)
        {
            if (rule.Finds(text, whole, letters))
            {
                (signs ??= []).Add(rule.Sign);
                isCertain |= !rule.Entry.Doubtful;
            }
        }

        var found = signs?.Max(sign => sign.Level) ?? RiskLevel.None;
        if (lazyLikeness?.Value.Score(whole) is not { } likeness)
        {
            return signs is null ? RiskAssessment.None : new RiskAssessment(found, signs);
        }

        // However little is said: words in danger may be few.
        if (found > RiskLevel.None && !isCertain && likeness.Tendency < LetGoBelow)
        {
            return RiskAssessment.None;
        }

        // What the rules found is raised, and never lowered.
        var isRaised = found < RiskLevel.Active && likeness.Danger > FindAbove && (signs is null || likeness.Urgent > RaiseAbove);
        if (!isRaised)
        {
            return signs is null ? RiskAssessment.None : new RiskAssessment(found, signs);
        }

        var sign = new RiskSign(LikenessSign, likeness.Level);
        return new RiskAssessment(sign.Level, [.. signs ?? [], sign]);
    }
}
