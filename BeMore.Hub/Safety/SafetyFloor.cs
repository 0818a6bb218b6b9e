using System.Diagnostics.Metrics;
using BeMore.Data;
using BeMore.Telemetry;

namespace BeMore.Safety;

/// <summary>
/// What happens to a message before anything else: how much danger it tells of, which the session remembers, the operator sees counted,
/// and, at the highest level, is told of.
/// </summary>
internal sealed class SafetyFloor
{
    private readonly RiskDetector _detector;
    private readonly SessionRisk _sessions;
    private readonly HelpTexts _help;
    private readonly RiskWebhook _webhook;
    private readonly Counter<long> _messages;

    public SafetyFloor(RiskDetector detector, SessionRisk sessions, HelpTexts help, RiskWebhook webhook, IMeterFactory meters)
    {
        (_detector, _sessions, _help, _webhook) = (detector, sessions, help, webhook);
        _messages = meters.Create(TelemetryRegistration.Name)
            .CreateCounter<long>("bemore.safety.messages", "{message}", "Messages by the danger that they tell of, as the attribute level.");
    }

    /// <summary>Counts nothing, at every level: the first message that tells of danger is to be seen as a rise.</summary>
    public void CountFromZero()
    {
        foreach (var level in Enum.GetValues<RiskLevel>())
        {
            _messages.Add(0, LabelOf(level));
        }
    }

    /// <summary>Assesses what somebody said in a session.</summary>
    /// <param name="sessionId">Null where none was named that can be: there is nothing to remember, and nobody to be told of; but help is no secret.</param>
    /// <param name="message">What was said.</param>
    public TurnRisk Assess(string? sessionId, string? message)
    {
        var level = LevelOf(message);
        var remembered = sessionId is null ? level : _sessions.Note(sessionId, level);
        _messages.Add(1, LabelOf(level));
        if (level == RiskLevel.Imminent && sessionId is not null)
        {
            _webhook.Tell(sessionId, level);
        }

        return new TurnRisk(level, remembered, level >= RiskLevel.Active ? _help.Next(sessionId ?? "", level) : null);
    }

    /// <summary>
    /// How much danger a session is about that this process has not followed until now: after a restart, or on another machine.
    /// </summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="risk">What <see cref="Assess"/> said of the present message.</param>
    /// <param name="earlier">What was said before, oldest first.</param>
    public RiskLevel Recall(string sessionId, TurnRisk risk, IEnumerable<PastTurn> earlier) =>
        _sessions.Recall(sessionId, earlier.Select(past => (LevelOf(past.UserMessage), WasAnswered: !past.WasInterrupted && !_help.IsAll(past.AiResponse))), risk.Message);

    /// <summary>The counsellor has answered a turn of a session at this level: whom it is to ask, it has asked.</summary>
    public void NoteAsked(string sessionId, RiskLevel level) => _sessions.NoteAsked(sessionId, level);

    /// <summary>See <see cref="SessionRisk.WasAsked"/>.</summary>
    public bool WasAsked(string sessionId, RiskLevel level) => _sessions.WasAsked(sessionId, level);

    private RiskLevel LevelOf(string? message) => string.IsNullOrEmpty(message) ? RiskLevel.None : _detector.Assess(message).Level;

    private static KeyValuePair<string, object?> LabelOf(RiskLevel level) => new("level", LabelledPhrase.Name(level));
}
