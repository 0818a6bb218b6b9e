namespace BeMore.Contract;

internal static partial class Log
{
    [LoggerMessage(EventId = 1400, EventName = "ContractServed", Level = LogLevel.Information,
        Message = "What tools read of the contract is served at /openapi.json and /asyncapi.json.")]
    public static partial void ContractServed(this ILogger logger);
}
