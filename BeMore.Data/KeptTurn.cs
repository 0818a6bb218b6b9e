using System.Buffers.Binary;
using System.Text.Json.Serialization;

namespace BeMore.Data;

/// <summary>One turn as it is kept, in the database or, while that is away, in the journal.</summary>
/// <param name="Id">Its own id, by which it is kept once however often it is stored: a UUID of version 7, which begins with the time.</param>
/// <param name="SessionId">Whose turn it is.</param>
/// <param name="UserMessage">What the person said: trimmed, without NUL and lone surrogates, of which PostgreSQL stores neither.</param>
/// <param name="AiResponse">All chunks that were shown, joined; empty while there are none.</param>
/// <param name="Emotion">One of the eight; null for none.</param>
/// <param name="Timestamp">When it was said, in ms since 1970.</param>
/// <param name="Outcome">One of <see cref="TurnOutcome"/>.</param>
public sealed record KeptTurn(Guid Id, string SessionId, string UserMessage, string AiResponse, string? Emotion, long Timestamp, string Outcome)
{
    /// <summary>When it was begun, by the clock of the process that did; <see cref="Timestamp"/> may be the client's.</summary>
    [JsonIgnore]
    public DateTimeOffset AskedAt => DateTimeOffset.FromUnixTimeMilliseconds(
        // The first 48 bits, in ms since 1970 (RFC 9562, section 5.7).
        Id.Version == 7 ? (long)(BinaryPrimitives.ReadUInt64BigEndian(Id.ToByteArray(bigEndian: true)) >> 16) : Timestamp);
}
