using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>
/// What a person in danger is told before the model speaks: several texts for each level, one after the other, so that nobody hears the
/// same words twice in a row. They lie in help-texts.json, or in the deployment's own <c>HELP_TEXTS_FILE</c>, with what
/// <see cref="HelpLines"/> says put in.
/// </summary>
internal sealed class HelpTexts
{
    private const string Setting = "HELP_TEXTS_FILE";

    /// <summary>So that the second is another than the first.</summary>
    private const int Least = 2;

    /// <summary>More sessions than are in danger at once: whose place in the row is forgotten begins anew.</summary>
    private const int MostSessions = 10_000;

    private static readonly string[] Rescuers = ["rescue", "police"];

    private readonly string[] _active;
    private readonly string[] _imminent;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _given = new(StringComparer.Ordinal);

    private HelpTexts(string[] active, string[] imminent) => (_active, _imminent) = (active, imminent);

    public static HelpTexts Read(Settings settings, HelpLines lines)
    {
        var file = SafetyFile<Texts>.Read(settings, Setting, "help-texts.json", "\"imminent\" and \"active\", each a list of texts");
        return new HelpTexts(
            Filled(file, lines, "active", file.Content.Active, ids => ids.Count > 1
                ? null
                : "name two lines, such as {suicide} and {crisis}, because lines are busy"),
            Filled(file, lines, "imminent", file.Content.Imminent, ids => ids.Count > 0 && Rescuers.Contains(ids[0])
                ? null
                : "name {rescue} or {police} before any other line"));
    }

    /// <param name="sessionId">Whose turn it is.</param>
    /// <param name="level">Active or imminent.</param>
    public string Next(string sessionId, RiskLevel level)
    {
        var texts = level == RiskLevel.Imminent ? _imminent : _active;
        lock (_lock)
        {
            if (_given.Count >= MostSessions && !_given.ContainsKey(sessionId))
            {
                _given.Clear();
            }

            _given[sessionId] = _given.GetValueOrDefault(sessionId) + 1;
            return texts[(_given[sessionId] - 1) % texts.Length];
        }
    }

    /// <summary>An answer that is help text and nothing else: the model had no part in it.</summary>
    public bool IsAll(string answer) => _active.Contains(answer) || _imminent.Contains(answer);

    /// <summary>A session was erased: what it heard goes with it.</summary>
    public void Forget(string sessionId)
    {
        lock (_lock)
        {
            _given.Remove(sessionId);
        }
    }

    /// <param name="file">Where they come from.</param>
    /// <param name="lines">What they name.</param>
    /// <param name="level">What they are called there.</param>
    /// <param name="texts">As they are written there.</param>
    /// <param name="complaint">Of the lines that a text names, in its order: what it must do instead; null where it is right.</param>
    private static string[] Filled(SafetyFile<Texts> file, HelpLines lines, string level, string?[]? texts, Func<List<string>, string?> complaint)
    {
        var filled = new List<string>();
        foreach (var (text, number) in (texts ?? []).Select((text, i) => (text, i + 1)))
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                throw file.Wrong($"a file whose texts all say something (\"{level}\" {number} does not)");
            }

            var named = HelpPlaceholder.In(text).ToList();
            if (!named.All(lines.Knows) || HelpPlaceholder.Replace(text, _ => "").AsSpan().ContainsAny('{', '}'))
            {
                throw file.Wrong($"a file whose texts have in braces a line's id, or that and a dot and one of {string.Join(", ", HelpLine.Members)} (\"{level}\" {number} has something else)");
            }

            if (complaint([.. named.Where(placeholder => placeholder.Member is "" or "number").Select(placeholder => placeholder.Id).Distinct()]) is { } right)
            {
                throw file.Wrong($"a file whose \"{level}\" texts all {right} (number {number} does not)");
            }

            // A text that tells of what a line does not offer would be untrue: it is left out.
            if (named.All(placeholder => lines.Say(placeholder) is not null))
            {
                // The model's words follow it.
                filled.Add(lines.Fill(text).TrimEnd() + " ");
            }
        }

        return filled.Count >= Least
            ? [.. filled]
            : throw file.Wrong($"a file with {Least} or more \"{level}\" texts that can be said with the help lines that there are, so that nobody hears the same words twice in a row");
    }

    private sealed record Texts(string?[]? Active, string?[]? Imminent);
}
