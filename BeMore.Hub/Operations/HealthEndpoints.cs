using System.Text.Json;
using BeMore.Access;
using BeMore.Data;
using BeMore.Gemini;
using BeMore.Keeping;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace BeMore.Operations;

internal static class HealthEndpoints
{
    /// <summary>
    /// <c>/health</c>: the state of database and model in words, 503 while the hub cannot keep a conversation;
    /// <c>/health/live</c>: the process answers, whatever stands behind it.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapHealthChecks("/health", new() { ResponseWriter = WriteAsync }).RequireCors(AllowedPages.Policy).DisableHttpMetrics();
        app.MapHealthChecks("/health/live", new() { Predicate = _ => false, ResponseWriter = WriteAsync }).RequireCors(AllowedPages.Policy).DisableHttpMetrics();
    }

    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<DatabaseHealth>("database")
            .AddCheck<ModelHealth>("model")
            .AddCheck<Readiness>("readiness");
        return services;
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        var words = new Dictionary<string, string?> { ["status"] = report.Status == HealthStatus.Unhealthy ? "unavailable" : "ok" };
        foreach (var (name, entry) in report.Entries)
        {
            words[name] = entry.Description;
        }

        return JsonSerializer.SerializeAsync(http.Response.Body, words, cancellationToken: http.RequestAborted);
    }

    private sealed class DatabaseHealth(ConversationStore conversations, DatabaseSettings database, Journal journal, DatabaseWatch watch) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var kind = database.IsEmbedded ? "embedded SQLite file" : "PostgreSQL";
            try
            {
                await watch.AskAsync(patience => conversations.FindAsync("", patience), cancellationToken);
                return HealthCheckResult.Healthy(journal.Count == 0 ? $"{kind}, reachable" : $"{kind}, reachable; {Waiting}");
            }
            catch (Exception e) when (DatabaseErrors.IsTableMissing(e))
            {
                return HealthCheckResult.Unhealthy($"{kind}, reachable, but its tables are missing: the migrations have not been applied");
            }
            catch (Exception)
            {
                return HealthCheckResult.Unhealthy(
                    watch.AwaySince is { } since ? $"{kind}, away since {since:u}; {Waiting}" : $"{kind}, cannot be reached");
            }
        }

        private string Waiting => $"turns are kept in the journal, {journal.Count} entries wait to be stored";
    }

    /// <summary>At the first sign of the end nobody new is to come.</summary>
    private sealed class Readiness(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
                ? HealthCheckResult.Unhealthy("stopping: running answers end, nobody new is let in")
                : HealthCheckResult.Healthy("ready"));
    }

    private sealed class ModelHealth(GeminiOptions gemini, GeminiModels models) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(HealthCheckResult.Healthy(gemini.ApiKey is null
                ? "demo counsellor: prepared sentences, no AI (GEMINI_API_KEY is not set)"
                : models.InWords()));
    }
}
