namespace BeMore.Tests;

/// <summary>A test's hub sees the settings that the test names, not those of the machine it runs on.</summary>
internal static class MachineSettings
{
    /// <summary>protocol.md, section 5, and what ASP.NET Core reads beside it.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "PORT", "DATABASE_URL", "GEMINI_API_KEY", "GEMINI_MODEL", "GEMINI_FALLBACK_MODEL", "GEMINI_BASE_URL", "JWT_SECRET_KEY",
        "MAX_AI_REQUESTS_PER_MINUTE", "ALLOWED_ORIGINS", "STREAM_CHUNK_INTERVAL_MS", "UNKNOWN_SESSIONS", "BACKEND_URL", "TRUSTED_PROXIES", "REDIS_URL",
        "HELP_LINES_FILE", "SAFETY_RULES_FILE", "SAFETY_WEBHOOK_URL", "SAFETY_WEBHOOK_SECRET", "SQLITE_FILE", "JOURNAL_DIRECTORY", "JOURNAL_MAX_MB", "GEMINI_FIRST_CHUNK_TIMEOUT_MS", "GEMINI_ANSWER_START_TIMEOUT_MS", "GEMINI_SILENCE_TIMEOUT_MS",
        "GEMINI_HEDGE_AFTER_MS", "REQUEST_WHILE_ANSWERING", "RESUME_GRACE_SECONDS", "SHUTDOWN_GRACE_SECONDS",
        "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "URLS",
        "ASPNETCORE_FORWARDEDHEADERS_ENABLED",
    ];

    public static void Forget()
    {
        foreach (var name in Names)
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }
}
