namespace BeMore.Safety;

internal static partial class Log
{
    [LoggerMessage(EventId = 1000, EventName = "WebhookFailed", Level = LogLevel.Error,
        Message = "The operator's service could not be told that session {SessionId} is in immediate danger: {Reason}. It is not tried again.")]
    public static partial void WebhookFailed(this ILogger logger, string sessionId, string reason);
}
