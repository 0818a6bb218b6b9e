using BeMore.Configuration;

namespace BeMore.Gemini;

/// <summary>Which model is asked, and how long it is waited for.</summary>
internal sealed record GeminiOptions
{
    /// <summary><c>GEMINI_API_KEY</c>; null: the demo counsellor answers.</summary>
    public string? ApiKey { get; init; }

    /// <summary><c>GEMINI_MODEL</c>.</summary>
    public string Model { get; init; } = "gemini-flash-latest";

    /// <summary><c>GEMINI_FALLBACK_MODEL</c>: asked when the first cannot answer and nothing has been shown yet.</summary>
    public string FallbackModel { get; init; } = "gemini-flash-lite-latest";

    /// <summary><c>GEMINI_BASE_URL</c>, without a slash at its end.</summary>
    public string BaseUrl { get; init; } = "https://generativelanguage.googleapis.com";

    /// <summary><c>GEMINI_FIRST_CHUNK_TIMEOUT_MS</c>: how long one try may take until its first words.</summary>
    public TimeSpan FirstChunkTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary><c>GEMINI_ANSWER_START_TIMEOUT_MS</c>: how long all tries together may take until the first words.</summary>
    public TimeSpan AnswerStartTimeout { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary><c>GEMINI_SILENCE_TIMEOUT_MS</c>: how long it may fall silent in mid-answer.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary><c>GEMINI_HEDGE_AFTER_MS</c>: how late the first words may be until the other model is asked beside; zero: never.</summary>
    public TimeSpan HedgeAfter { get; init; }

    public static GeminiOptions Read(Settings settings)
    {
        var defaults = new GeminiOptions();
        var key = settings.Text("GEMINI_API_KEY");
        if (key is null && !settings.IsDevelopment)
        {
            throw Settings.Missing("GEMINI_API_KEY", "a key from Google AI Studio");
        }

        // It travels in a header, which takes visible ASCII only: a key pasted with a line break in it would fail at the first turn.
        if (key is not null && key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Settings.Wrong("GEMINI_API_KEY", Settings.Mask(key), "a key from Google AI Studio, without spaces or line breaks");
        }

        return new GeminiOptions
        {
            ApiKey = key,
            Model = ModelName(settings, "GEMINI_MODEL") ?? defaults.Model,
            FallbackModel = ModelName(settings, "GEMINI_FALLBACK_MODEL") ?? defaults.FallbackModel,
            BaseUrl = settings.HttpUrl("GEMINI_BASE_URL")?.ToString().TrimEnd('/') ?? defaults.BaseUrl,
            FirstChunkTimeout = Deadline(settings, "GEMINI_FIRST_CHUNK_TIMEOUT_MS", defaults.FirstChunkTimeout),
            AnswerStartTimeout = Deadline(settings, "GEMINI_ANSWER_START_TIMEOUT_MS", defaults.AnswerStartTimeout),
            SilenceTimeout = Deadline(settings, "GEMINI_SILENCE_TIMEOUT_MS", defaults.SilenceTimeout),
            HedgeAfter = settings.Milliseconds("GEMINI_HEDGE_AFTER_MS", 0, 0, 120_000),
        };
    }

    private static TimeSpan Deadline(Settings settings, string name, TimeSpan otherwise) =>
        settings.Milliseconds(name, (int)otherwise.TotalMilliseconds, 100, 120_000);

    private static string? ModelName(Settings settings, string name)
    {
        var model = settings.Text(name);
        return model is null || model.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? model
            : throw Settings.Wrong(name, model, "the name of a model as Google lists it, for example gemini-flash-latest");
    }
}
