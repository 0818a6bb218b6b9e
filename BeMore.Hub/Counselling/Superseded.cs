using System.Text.Json;

namespace BeMore.Counselling;

/// <summary>
/// A newer connection has the session; this one is closed behind it. Said to SignalR clients, as a call of
/// <see cref="Method"/>: a raw socket is told by <see cref="CloseCode"/>.
/// </summary>
internal sealed record Superseded(string SessionId) : Envelope
{
    public const string Method = "SessionSuperseded";

    /// <summary>A WebSocket close code of this product's own: 4000 to 4999 are for applications (RFC 6455, section 7.4.2); 409 is "conflict".</summary>
    public const int CloseCode = 4409;

    public override string Type => "session_superseded";

    protected override void WriteData(Utf8JsonWriter json)
    {
        json.WriteString("sessionId"u8, SessionId);
        json.WriteNumber("code"u8, CloseCode);
    }
}
