namespace BeMore.Counselling;

/// <summary>
/// What a client asks for, as it came: whatever is missing, of a wrong type or not to be believed is <c>null</c> here
/// (protocol.md, section 1.2).
/// </summary>
/// <param name="Message">Cleaned by <see cref="MessageText"/>; null if there was none or it was no string.</param>
/// <param name="Emotion">Null for none and for what is not one of the eight.</param>
/// <param name="Timestamp">ms since 1970; null unless it was an integer that is not negative.</param>
internal sealed record TurnRequest(string? Message, Emotion? Emotion, long? Timestamp)
{
    public static readonly TurnRequest Empty = new(null, null, null);

    /// <summary>Longest message, in Unicode code points after trimming.</summary>
    public const int MaxMessageLength = 2000;

    private static readonly long DayMs = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <summary>Why it can have no answer; null if it can.</summary>
    public TurnError? Refusal =>
        string.IsNullOrEmpty(Message) ? TurnError.EmptyMessage
        : MessageText.Length(Message) > MaxMessageLength ? TurnError.MessageTooLong
        : null;

    /// <summary>When it was said: by the client's clock, unless that is more than a day ahead of ours.</summary>
    public long SaidAt(DateTimeOffset now)
    {
        var server = now.ToUnixTimeMilliseconds();
        return Timestamp is { } client && client <= server + DayMs ? client : server;
    }
}
