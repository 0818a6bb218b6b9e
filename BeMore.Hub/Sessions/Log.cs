namespace BeMore.Sessions;

internal static partial class Log
{
    [LoggerMessage(EventId = 500, EventName = "SessionStarted", Level = LogLevel.Information, Message = "Session {SessionId} started.")]
    public static partial void SessionStarted(this ILogger logger, string sessionId);

    [LoggerMessage(EventId = 501, EventName = "SessionEnded", Level = LogLevel.Information, Message = "Session {SessionId} ended.")]
    public static partial void SessionEnded(this ILogger logger, string sessionId);

    [LoggerMessage(EventId = 502, EventName = "SessionErased", Level = LogLevel.Information, Message = "Session {SessionId} erased with all its turns.")]
    public static partial void SessionErased(this ILogger logger, string sessionId);
}
