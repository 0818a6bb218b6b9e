using System.Globalization;
using System.Net;
using System.Text.Json;

namespace BeMore.Gemini;

/// <summary>Google's refusals, read into the few kinds that make a difference here.</summary>
internal static class GeminiErrors
{
    private const int LongestBody = 64 * 1024;

    /// <summary>Reads a response that is not 200. Its body may be Google's JSON, a front end's HTML, or nothing.</summary>
    public static async Task<GeminiRefusal> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = response.StatusCode;
        GoogleError? error = null;
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestBody, cancellation);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            error = (await JsonSerializer.DeserializeAsync(body, GeminiJson.Wire.GenerateContentResponse, cancellation))?.Error;
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            // The status line alone has to do.
        }

        return new GeminiRefusal(
            ToException((int)status, error, response.Headers.RetryAfter?.Delta),
            status == HttpStatusCode.BadRequest && error?.Message?.Contains("thinking", StringComparison.OrdinalIgnoreCase) == true);
    }

    /// <summary>An error event in the middle of a stream that began with 200.</summary>
    public static GeminiException InBand(GoogleError error) => ToException(error.Code ?? 500, error, null);

    private static GeminiException ToException(int status, GoogleError? error, TimeSpan? retryAfterHeader)
    {
        var reason = error?.Details?.Select(d => d.Reason).FirstOrDefault(r => r is not null);
        var failure = status switch
        {
            400 when reason is "API_KEY_INVALID" or "API_KEY_EXPIRED" => GeminiFailure.KeyRefused,
            401 or 403 => GeminiFailure.KeyRefused,
            // In Google's own words; anybody else's 404 is that of a proxy, which knows nothing of models.
            404 when error is not null => GeminiFailure.ModelGone,
            404 or 408 or 409 or 429 or >= 500 => GeminiFailure.Passing,
            _ => GeminiFailure.BadRequest,
        };
        return new GeminiException(failure, $"Gemini answered {status} {Word(error?.Status)} {Word(reason)}".TrimEnd())
        {
            Status = status,
            IsOverQuota = status == 429,
            RetryAfter = RetryDelay(error) ?? retryAfterHeader,
        };
    }

    private static TimeSpan? RetryDelay(GoogleError? error)
    {
        var delay = error?.Details?.Select(d => d.RetryDelay).FirstOrDefault(d => d is not null);
        return delay is not null
            && double.TryParse(delay.AsSpan().TrimEnd('s'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds < 86_400
                ? TimeSpan.FromSeconds(seconds)
                : null;
    }

    /// <summary>Only what looks like a constant's name reaches the log.</summary>
    private static string? Word(string? name) =>
        name is { Length: <= 64 } && name.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_') ? name : null;
}

/// <param name="Exception">What it means for the turn.</param>
/// <param name="AboutThinking">The model cannot think less, and refused for that reason alone.</param>
internal sealed record GeminiRefusal(GeminiException Exception, bool AboutThinking);
