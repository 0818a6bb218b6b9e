using System.Text.Json;

namespace BeMore.Safety;

/// <summary>What the operator's service is told: whose session, how urgent, and when (ms since 1970). Never a word of what was said.</summary>
internal sealed record RiskAlarm(string SessionId, RiskLevel Level, long Timestamp)
{
    public byte[] ToBody() => JsonSerializer.SerializeToUtf8Bytes(new { sessionId = SessionId, level = LabelledPhrase.Name(Level), timestamp = Timestamp });
}
