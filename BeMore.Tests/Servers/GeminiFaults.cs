using System.Globalization;
using System.Text.Json;

namespace BeMore.Tests;

/// <summary>The errors of Gemini's REST interface, in its words.</summary>
public static class GeminiFaults
{
    private const string Html =
        "<!DOCTYPE html><html lang=en><title>Error 502 (Server Error)!!1</title><p><b>502.</b> <ins>That’s an error.</ins><p>The server encountered a temporary error.</html>";

    public static GeminiScript InvalidArgument { get; } =
        Fails(400, "INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified");

    public static GeminiScript InvalidKey { get; } = Fails(
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        """[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}}]""");

    public static GeminiScript Forbidden { get; } =
        Fails(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity).");

    public static GeminiScript Internal { get; } = Fails(500, "INTERNAL", "An internal error has occurred. Please retry or report.");

    public static GeminiScript BadGateway { get; } = Gemini.Fails(502, Html, "text/html; charset=UTF-8");

    public static GeminiScript Overloaded { get; } = Fails(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");

    /// <summary>Overloaded, and to be asked again at once: where a test's clock stands still.</summary>
    public static GeminiScript OverloadedForAMoment { get; } = Fails(
        503, "UNAVAILABLE", "The model is overloaded. Please try again later.", RetryInfo(TimeSpan.Zero));

    public static GeminiScript DeadlineExceeded { get; } = Fails(504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.");

    public static GeminiScript NoSuchModel(string model) => Fails(404, "NOT_FOUND", NoSuchModelMessage(model));

    /// <param name="retryAfter">The RetryInfo; without it there is none.</param>
    public static GeminiScript Exhausted(TimeSpan? retryAfter = null) => Fails(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        retryAfter is { } time ? RetryInfo(time) : null);

    public static GeminiScript Fails(int code, string status, string message, string? detailsJson = null) =>
        Gemini.Fails(code, Body(code, status, message, detailsJson));

    internal static string Body(int code, string status, string message, string? detailsJson = null)
    {
        var details = detailsJson is null ? "" : $",\"details\":{detailsJson}";
        return $$$"""{"error":{"code":{{{code}}},"message":"{{{JsonEncodedText.Encode(message)}}}","status":"{{{status}}}"{{{details}}}}}""";
    }

    private static string RetryInfo(TimeSpan time) =>
        $$"""[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"{{time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)}}s"}]""";

    internal static string NoSuchModelMessage(string model) =>
        $"models/{model} is not found for API version v1beta, or is not supported for generateContent. "
        + "Call ListModels to see the list of available models and their supported methods.";
}
