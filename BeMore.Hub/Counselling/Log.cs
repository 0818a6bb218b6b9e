using BeMore.Gemini;

namespace BeMore.Counselling;

// Ids, counts and durations; never what somebody said (protocol.md, section 6).
internal static partial class Log
{
    // At Debug where all went well: a line for every turn is a tenth of what the turn costs (docs/performance.md).
    [LoggerMessage(EventId = 100, EventName = "TurnEnded",
        Message = "Turn of session {SessionId} ended: {Outcome}, {Chunks} chunks, {Characters} characters, first chunk after {FirstChunkMs:0} ms, all after {TotalMs:0} ms, tokens {InputTokens} in and {OutputTokens} out")]
    public static partial void TurnEnded(
        this ILogger logger, LogLevel level, string sessionId, string outcome, int chunks, int characters, double? firstChunkMs, double totalMs, long? inputTokens, long? outputTokens);

    [LoggerMessage(EventId = 101, EventName = "ModelFailed", Level = LogLevel.Warning,
        Message = "The model failed session {SessionId} ({Failure}) after {Chunks} chunks: {Reason}")]
    public static partial void ModelFailed(this ILogger logger, string sessionId, GeminiFailure failure, string reason, int chunks);

    [LoggerMessage(EventId = 102, EventName = "TurnBroke", Level = LogLevel.Error, Message = "A turn of session {SessionId} broke")]
    public static partial void TurnBroke(this ILogger logger, string sessionId, Exception exception);

    [LoggerMessage(EventId = 104, EventName = "EntranceBroke", Level = LogLevel.Error, Message = "Whether a connection may use session {SessionId} cannot be told")]
    public static partial void EntranceBroke(this ILogger logger, string sessionId, Exception exception);

    [LoggerMessage(EventId = 103, EventName = "TooManyWaiting", Level = LogLevel.Warning,
        Message = "Session {SessionId} sent more requests than may wait; its connection is closed.")]
    public static partial void TooManyWaiting(this ILogger logger, string sessionId);
}
