using System.Text.Json;

namespace BeMore.Counselling;

/// <summary>The answer to a ping: the server's time in ms since 1970, and the session that the ping was for.</summary>
internal sealed record Pong(long Timestamp, string SessionId) : Envelope
{
    public override string Type => "pong";

    protected override void WriteData(Utf8JsonWriter json)
    {
        json.WriteNumber("timestamp"u8, Timestamp);
        json.WriteString("sessionId"u8, SessionId);
        json.WriteString("status"u8, "active"u8);
    }
}
