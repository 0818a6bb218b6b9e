namespace BeMore.RawSocket;

internal static partial class Log
{
    [LoggerMessage(EventId = 300, EventName = "SessionUnknowable", Level = LogLevel.Error,
        Message = "Whether session {SessionId} exists cannot be told; its handshake is refused with 503.")]
    public static partial void SessionUnknowable(this ILogger logger, string sessionId, Exception exception);
}
