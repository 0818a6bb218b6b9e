namespace BeMore.Page;

internal static partial class Log
{
    [LoggerMessage(EventId = 1100, EventName = "TalkPageServed", Level = LogLevel.Information,
        Message = "A page to talk to the counsellor is served at /.")]
    public static partial void TalkPageServed(this ILogger logger);
}
