namespace BeMore.Safety;

/// <remarks>
/// An alarm that reached nobody names its session, although that says what the session is about: somebody has to look after the person,
/// and nothing else tells whom. One that arrived is not logged.
/// </remarks>
internal static partial class Log
{
    [LoggerMessage(EventId = 1000, EventName = "AlarmFailed", Level = LogLevel.Error,
        Message = "The operator's service could not be told that session {SessionId} is in immediate danger: {Reason}. It is not tried again.")]
    public static partial void AlarmFailed(this ILogger logger, string sessionId, string reason);

    [LoggerMessage(EventId = 1001, EventName = "AlarmDropped", Level = LogLevel.Error,
        Message = "The operator's service was not told that session {SessionId} is in immediate danger: {Reason}.")]
    public static partial void AlarmDropped(this ILogger logger, string sessionId, string reason);

    [LoggerMessage(EventId = 1002, EventName = "AlarmsAwaited", Level = LogLevel.Information,
        Message = "Before the hub ends, the operator's service is told of {Count} sessions in immediate danger.")]
    public static partial void AlarmsAwaited(this ILogger logger, int count);
}
