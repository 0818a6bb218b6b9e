namespace BeMore.Operations;

internal static partial class Log
{
    [LoggerMessage(EventId = 400, EventName = "TablesMissing", Level = LogLevel.Error,
        Message = "The database has not the tables that it should: run 'dotnet ef database update --project Migrations' or 'BeMore.Hub migrate'.")]
    public static partial void TablesMissing(this ILogger logger);

    [LoggerMessage(EventId = 401, EventName = "DatabaseAway", Level = LogLevel.Error, Message = "The database cannot be reached.")]
    public static partial void DatabaseAway(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 402, EventName = "EmbeddedDatabase", Level = LogLevel.Warning,
        Message = "DATABASE_URL is not set: conversations are kept in the embedded file {File}.")]
    public static partial void EmbeddedDatabase(this ILogger logger, string file);

    [LoggerMessage(EventId = 404, EventName = "ShortTokenKey", Level = LogLevel.Warning,
        Message = "JWT_SECRET_KEY is shorter than {Bytes} bytes, which HS256 asks for: it can be guessed from a single token. Use a longer one on both sides.")]
    public static partial void ShortTokenKey(this ILogger logger, int bytes);

    [LoggerMessage(EventId = 405, EventName = "ShuttingDown", Level = LogLevel.Information,
        Message = "The hub is shutting down: nobody new is let in, and running answers have {Seconds} s to end.")]
    public static partial void ShuttingDown(this ILogger logger, double seconds);
}
