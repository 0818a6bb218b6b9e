namespace BeMore.Keeping;

internal static partial class Log
{
    [LoggerMessage(EventId = 900, EventName = "DatabaseWentAway", Level = LogLevel.Error,
        Message = "The database is away: turns are kept in the journal until it is back.")]
    public static partial void DatabaseWentAway(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 901, EventName = "DatabaseIsBack", Level = LogLevel.Warning,
        Message = "The database is back after {Seconds:0.0} s; {Entries} entries of the journal were stored.")]
    public static partial void DatabaseIsBack(this ILogger logger, double seconds, int entries);

    [LoggerMessage(EventId = 902, EventName = "JournalEntriesDropped", Level = LogLevel.Warning,
        Message = "{Entries} entries of the journal were dropped: their sessions are not in the database any more.")]
    public static partial void JournalEntriesDropped(this ILogger logger, int entries);

    [LoggerMessage(EventId = 903, EventName = "JournalUnreadable", Level = LogLevel.Error,
        Message = "Some lines of the journal cannot be read or stored; they are kept in {File}, and what else there was is stored.")]
    public static partial void JournalUnreadable(this ILogger logger, string file);

    [LoggerMessage(EventId = 905, EventName = "JournalEntryRefused", Level = LogLevel.Error,
        Message = "The database refuses turn {TurnId} of the journal.")]
    public static partial void JournalEntryRefused(this ILogger logger, Guid turnId, Exception exception);

    [LoggerMessage(EventId = 904, EventName = "JournalStuck", Level = LogLevel.Error,
        Message = "The database answers, but does not take what the journal holds; it is tried again.")]
    public static partial void JournalStuck(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 908, EventName = "JournalUnusable", Level = LogLevel.Error,
        Message = "The journal's disk fails: what waits there is not stored until it is well; it is tried again.")]
    public static partial void JournalUnusable(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 907, EventName = "DatabaseRowIsHeld", Level = LogLevel.Warning,
        Message = "Somebody else's transaction holds what a turn needs in the database: the turn is kept in the journal until it is free.")]
    public static partial void DatabaseRowIsHeld(this ILogger logger);

    [LoggerMessage(EventId = 906, EventName = "JournalEntriesExpired", Level = LogLevel.Warning,
        Message = "{Entries} entries of the journal were not stored: they are older than RETENTION_DAYS.")]
    public static partial void JournalEntriesExpired(this ILogger logger, int entries);
}
