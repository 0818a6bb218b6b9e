namespace BeMore.Retention;

internal static partial class Log
{
    [LoggerMessage(EventId = 1300, EventName = "RetentionIsOn", Level = LogLevel.Information,
        Message = "What was kept more than {Days} days ago is deleted, every hour.")]
    public static partial void RetentionIsOn(this ILogger logger, int days);

    [LoggerMessage(EventId = 1301, EventName = "RecordsDeleted",
        Message = "{Turns} turns and {Sessions} sessions of more than {Days} days ago were deleted in {Seconds:0.0} s.")]
    public static partial void RecordsDeleted(this ILogger logger, LogLevel level, int turns, int sessions, int days, double seconds);

    [LoggerMessage(EventId = 1302, EventName = "RetentionPostponed", Level = LogLevel.Information,
        Message = "Old turns are deleted later: the database cannot be asked now ({Kind}).")]
    public static partial void RetentionPostponed(this ILogger logger, string kind);

    [LoggerMessage(EventId = 1303, EventName = "RetentionFailed", Level = LogLevel.Error,
        Message = "Old turns could not be deleted; it is tried again in an hour.")]
    public static partial void RetentionFailed(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 1304, EventName = "UnreadableFilesDeleted", Level = LogLevel.Warning,
        Message = "{Files} files of the journal that could not be read were deleted because of their age.")]
    public static partial void UnreadableFilesDeleted(this ILogger logger, int files);

    [LoggerMessage(EventId = 1305, EventName = "UnreadableFilesLeft", Level = LogLevel.Error,
        Message = "Files of the journal that could not be read, and are old, cannot be deleted.")]
    public static partial void UnreadableFilesLeft(this ILogger logger, Exception exception);
}
