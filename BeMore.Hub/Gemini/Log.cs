namespace BeMore.Gemini;

internal static partial class Log
{
    [LoggerMessage(EventId = 200, EventName = "GeminiTriedAgain", Level = LogLevel.Warning,
        Message = "Gemini is asked again (retry {Retry}, after {DelayMs:0} ms, model {Model}): {Reason}")]
    public static partial void TryingAgain(this ILogger logger, int retry, double delayMs, string model, string reason);

    [LoggerMessage(EventId = 201, EventName = "GeminiModelGone", Level = LogLevel.Error,
        Message = "Gemini has no model {Model} (any more): set {Variable} to one that Google lists.")]
    public static partial void ModelGone(this ILogger logger, string model, string variable);

    [LoggerMessage(EventId = 202, EventName = "AnswerEndedByFilter", Level = LogLevel.Warning,
        Message = "The model gave no whole answer (finish reason {FinishReason}, {Characters} characters shown); a supportive sentence was added.")]
    public static partial void SupportiveSentenceAdded(this ILogger logger, string finishReason, int characters);

    [LoggerMessage(EventId = 203, EventName = "DemoCounsellor", Level = LogLevel.Warning,
        Message = "GEMINI_API_KEY is not set: the demo counsellor answers, with prepared sentences and without any AI.")]
    public static partial void DemoCounsellorAnswers(this ILogger logger);
}
