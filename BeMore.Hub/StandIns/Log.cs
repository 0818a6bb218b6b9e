namespace BeMore.StandIns;

internal static partial class Log
{
    [LoggerMessage(EventId = 800, EventName = "StandInsAnswer", Level = LogLevel.Warning,
        Message = "BACKEND_URL is not set: stand-ins answer the login, which they grant to everybody, the dashboard, which they leave empty, and feedback, which they drop. There are none in Production.")]
    public static partial void StandInsAnswer(this ILogger logger);
}
