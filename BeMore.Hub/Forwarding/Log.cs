using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, EventName = "ForwardingTo", Level = LogLevel.Information,
        Message = "What is not the hub's own is forwarded to {Backend}.")]
    public static partial void ForwardingTo(this ILogger logger, string backend);

    [LoggerMessage(EventId = 601, EventName = "BackendsSessionsAreRefused", Level = LogLevel.Warning,
        Message = "BACKEND_URL is set, but UNKNOWN_SESSIONS is not create: a session of the backend's is let in only once it is in the table.")]
    public static partial void BackendsSessionsAreRefused(this ILogger logger);

    [LoggerMessage(EventId = 602, EventName = "BackendIsThisHub", Level = LogLevel.Error,
        Message = "BACKEND_URL leads back to this hub: {Backend}.")]
    public static partial void BackendIsThisHub(this ILogger logger, string backend);

    [LoggerMessage(EventId = 603, EventName = "NoAnswer", Level = LogLevel.Warning,
        Message = "{Method} {Path} got no answer from the backend in {ElapsedMs:0} ms ({Error}, {Reason}).")]
    public static partial void NoAnswer(
        this ILogger logger, string method, string path, double elapsedMs, ForwarderError error, string reason);

    [LoggerMessage(EventId = 604, EventName = "AnswerBrokeOff", Level = LogLevel.Warning,
        Message = "The backend's answer to {Method} {Path} broke off after {ElapsedMs:0} ms ({Error}, {Reason}).")]
    public static partial void AnswerBrokeOff(
        this ILogger logger, string method, string path, double elapsedMs, ForwarderError error, string reason);

    [LoggerMessage(EventId = 605, EventName = "CallerLeft", Level = LogLevel.Debug,
        Message = "Who asked {Method} {Path} left after {ElapsedMs:0} ms ({Error}, {Reason}).")]
    public static partial void CallerLeft(
        this ILogger logger, string method, string path, double elapsedMs, ForwarderError error, string reason);

    [LoggerMessage(EventId = 606, EventName = "SessionNotNoted", Level = LogLevel.Error,
        Message = "The backend paused, ended or erased session {SessionId}; that could not be noted here.")]
    public static partial void SessionNotNoted(this ILogger logger, string sessionId, Exception exception);
}
