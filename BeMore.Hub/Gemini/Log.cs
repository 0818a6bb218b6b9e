namespace BeMore.Gemini;

internal static partial class Log
{
    [LoggerMessage(EventId = 200, EventName = "GeminiTriedAgain", Level = LogLevel.Warning,
        Message = "Gemini is asked again (retry {Retry}, after {DelayMs:0} ms, model {Model}): {Reason}")]
    public static partial void TryingAgain(this ILogger logger, int retry, double delayMs, string model, string reason);

    [LoggerMessage(EventId = 201, EventName = "GeminiModelGone", Level = LogLevel.Error,
        Message = "Gemini has no model {Model} (any more): set {Variable} to one that Google lists. Until then the other one answers, if it can.")]
    public static partial void ModelGone(this ILogger logger, string model, string variable);

    [LoggerMessage(EventId = 202, EventName = "AnswerEndedByFilter", Level = LogLevel.Warning,
        Message = "The model gave no whole answer (finish reason {FinishReason}, {Characters} characters shown); a supportive sentence was added.")]
    public static partial void SupportiveSentenceAdded(this ILogger logger, string finishReason, int characters);

    [LoggerMessage(EventId = 203, EventName = "DemoCounsellor", Level = LogLevel.Warning,
        Message = "GEMINI_API_KEY is not set: the demo counsellor answers, with prepared sentences and without any AI.")]
    public static partial void DemoCounsellorAnswers(this ILogger logger);

    [LoggerMessage(EventId = 204, EventName = "GeminiKnownDown", Level = LogLevel.Error,
        Message = "Gemini's {Model} is known to be down ({Reason}): one turn asks it every {Seconds:0} s until it answers, and nobody else waits for it.")]
    public static partial void KnownDown(this ILogger logger, string model, string reason, double seconds);

    [LoggerMessage(EventId = 205, EventName = "GeminiAnswersAgain", Level = LogLevel.Information,
        Message = "Gemini's {Model} answers again, {Seconds:0} s after it was found not to.")]
    public static partial void AnswersAgain(this ILogger logger, string model, double seconds);

    [LoggerMessage(EventId = 206, EventName = "GeminiKeyRefused", Level = LogLevel.Error,
        Message = "Gemini refuses the key ({Reason}): set GEMINI_API_KEY to one that is valid. One turn tries it every {Seconds:0} s.")]
    public static partial void KeyRefused(this ILogger logger, string reason, double seconds);

    [LoggerMessage(EventId = 207, EventName = "GeminiKeyAccepted", Level = LogLevel.Information,
        Message = "Gemini accepts the key again, {Seconds:0} s after it was found not to.")]
    public static partial void KeyAccepted(this ILogger logger, double seconds);

    [LoggerMessage(EventId = 208, EventName = "GeminiAskedBeside", Level = LogLevel.Information,
        Message = "Gemini's {Model} is asked beside {LateModel}, which has said nothing for {DelayMs:0} ms.")]
    public static partial void AskedBeside(this ILogger logger, string model, string lateModel, double delayMs);
}
