using System.Buffers;
using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>
/// What a message says about danger. Needs neither network nor model, answers the same every time, and is safe for many threads at once.
/// </summary>
internal sealed class RiskDetector(Lazy<RiskRules> lazyRules)
{
    /// <summary>Characters (UTF-16): together more than any message that is answered has.</summary>
    private const int MostAtEachEnd = 2200;

    private const string Setting = "SAFETY_RULES_FILE";

    public RiskDetector(RiskRules rules)
        : this(new Lazy<RiskRules>(rules))
    {
    }

    /// <summary>With the rules that come with the program, or the deployment's own.</summary>
    public static RiskDetector Read(Settings settings)
    {
        var file = settings.Text(Setting);
        if (file is null)
        {
            // Tests have proved them. The start need not wait for them: see WarmUp.
            return new RiskDetector(RiskRules.BuiltIn);
        }

        try
        {
            using var own = File.OpenRead(file);
            var rules = RiskRules.Read(own);
            return rules.Prove().FirstOrDefault() is { } wrong ? throw new FormatException(wrong) : new RiskDetector(rules);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw Settings.Wrong(Setting, file, $"a rules file as docs/safety.md describes it: {(e is FormatException ? e.Message : "it cannot be read")}");
        }
    }

    /// <summary>Makes the rules ready, and what the first messages need.</summary>
    public void Prepare() => Assess("준비");

    /// <param name="message">As somebody said it. It is neither kept nor shown.</param>
    public RiskAssessment Assess(string message)
    {
        var rules = lazyRules.Value;
        // Longer than that is refused as a message; what is said in it is looked for at both its ends.
        var whole = SpokenText.Normalise(message.Length <= 2 * MostAtEachEnd ? message : $"{message[..MostAtEachEnd]}. {message[^MostAtEachEnd..]}");
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

    private static RiskAssessment Judge(RiskRules rules, ReadOnlySpan<char> text, ReadOnlySpan<char> whole, in MessageLetters letters)
    {
        List<RiskSign>? signs = null;
        foreach (var rule in rules.Rules)
        {
            if (rule.Finds(text, whole, letters))
            {
                (signs ??= []).Add(rule.Sign);
            }
        }

        return signs is null ? RiskAssessment.None : new RiskAssessment(signs.Max(sign => sign.Level), signs);
    }
}
