namespace BeMore.AnalysisSockets;

internal static partial class Log
{
    [LoggerMessage(EventId = 700, EventName = "AnalysisFlooded", Level = LogLevel.Warning,
        Message = "A socket of face or voice analysis of session {SessionId} sent more than any camera or microphone does; it is closed.")]
    public static partial void AnalysisFlooded(this ILogger logger, string sessionId);
}
