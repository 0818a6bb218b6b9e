using System.Text.Json;

namespace BeMore.Safety;

/// <summary>
/// What a person in danger is told before the model speaks: several texts for each level, one after the other, so that nobody hears the
/// same words twice in a row. They lie in help-texts.json, with the numbers of <see cref="HelpLines"/> put in.
/// </summary>
internal sealed class HelpTexts
{
    /// <summary>More sessions than are in danger at once: whose place in the row is forgotten begins anew.</summary>
    private const int MostSessions = 10_000;

    private readonly string[] _active;
    private readonly string[] _imminent;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _given = new(StringComparer.Ordinal);

    public HelpTexts(HelpLines lines)
    {
        using var file = typeof(HelpTexts).Assembly.GetManifestResourceStream("BeMore.Safety.help-texts.json")!;
        var texts = JsonSerializer.Deserialize<Texts>(file, JsonSerializerOptions.Web)!;
        _active = [.. texts.Active.Select(lines.Fill)];
        _imminent = [.. texts.Imminent.Select(lines.Fill)];
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

    private sealed record Texts(string[] Active, string[] Imminent);
}
