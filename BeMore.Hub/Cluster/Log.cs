namespace BeMore.Cluster;

// Never REDIS_URL: it holds a password. What the library says of a failure names the server at most.
internal static partial class Log
{
    [LoggerMessage(EventId = 1200, EventName = "RedisJoined", Level = LogLevel.Information,
        Message = "Redis is there: sessions and limits are shared with the other nodes.")]
    public static partial void RedisJoined(this ILogger logger);

    [LoggerMessage(EventId = 1201, EventName = "RedisWentAway", Level = LogLevel.Error,
        Message = "Redis is away: this node goes on by itself, with limits and seats of its own, until it is back. {Reason}")]
    public static partial void RedisWentAway(this ILogger logger, string reason);

    [LoggerMessage(EventId = 1202, EventName = "RedisIsBack", Level = LogLevel.Warning,
        Message = "Redis is back after {Seconds:0.0} s: sessions and limits are shared with the other nodes again.")]
    public static partial void RedisIsBack(this ILogger logger, double seconds);

    [LoggerMessage(EventId = 1203, EventName = "NodeMessageBroke", Level = LogLevel.Error, Message = "What another node said broke here.")]
    public static partial void NodeMessageBroke(this ILogger logger, Exception exception);

    [LoggerMessage(EventId = 1204, EventName = "TurnsInherited", Level = LogLevel.Information,
        Message = "Session {SessionId} came here from node {Node}, with {Turns} turns that are told on.")]
    public static partial void TurnsInherited(this ILogger logger, string sessionId, string node, int turns);

    [LoggerMessage(EventId = 1205, EventName = "InheritedTurnLost", Level = LogLevel.Warning,
        Message = "Node {Node}, which runs a turn of session {SessionId}, is not heard any more.")]
    public static partial void InheritedTurnLost(this ILogger logger, string sessionId, string node);

    [LoggerMessage(EventId = 1206, EventName = "InheritedTurnBroke", Level = LogLevel.Error, Message = "A turn of session {SessionId} that runs at another node broke here")]
    public static partial void InheritedTurnBroke(this ILogger logger, string sessionId, Exception exception);
}
