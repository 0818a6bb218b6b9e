using System.Text;
using BeMore.Access;
using BeMore.Configuration;
using BeMore.Counselling;
using BeMore.Gemini;
using BeMore.Keeping;
using BeMore.Telemetry;

namespace BeMore.Operations;

internal static class OperationsRegistration
{
    /// <summary>What remains to be done when the turns have ended: storing them, closing their sockets.</summary>
    private static readonly TimeSpan AfterTurns = TimeSpan.FromSeconds(8);

    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddOptions<HostOptions>().Configure<TurnOptions>((host, turns) => host.ShutdownTimeout = turns.ShutdownGrace + AfterTurns);
        return services
            .AddPrivateLogging()
            .AddHealth()
            .AddHostedService<TurnDrain>()
            .AddHostedService<WarmUp>();
    }

    /// <summary>On <c>PORT</c>, and where there is one <c>METRICS_PORT</c>: to everybody in Production, to this machine alone in Development.</summary>
    public static void ListenOnPorts(this WebApplicationBuilder builder, Settings settings, TelemetryOptions telemetry)
    {
        var host = settings.IsDevelopment ? "127.0.0.1" : "0.0.0.0";
        builder.WebHost.UseUrls([.. new[] { settings.Port(), telemetry.MetricsPort }.OfType<int>().Select(port => $"http://{host}:{port}")]);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        // A chunk is sent by the thread that brings it, instead of being handed to another. "Unsafe" is said for code that blocks:
        // nothing here does but SQLite, in Development, and that on a thread of its own (see also InlineSockets).
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
    }

    /// <summary>Says what stands in for what is not configured, and brings the embedded database up to date.</summary>
    public static async Task PrepareAsync(this WebApplication app, Settings settings)
    {
        var database = app.Services.GetRequiredService<DatabaseSettings>();
        if (database.IsEmbedded)
        {
            app.Logger.EmbeddedDatabase(database.SqliteFile);
            await Database.MigrateAsync(database);
        }
        else
        {
            app.Services.GetRequiredService<Journal>().OpenOrStop();
        }

        if (app.Services.GetRequiredService<GeminiOptions>().ApiKey is null)
        {
            app.Logger.DemoCounsellorAnswers();
        }

        if (settings.Text("JWT_SECRET_KEY") is { } secret && Encoding.UTF8.GetByteCount(secret) < TokenKey.LeastBytes)
        {
            app.Logger.ShortTokenKey(TokenKey.LeastBytes);
        }
    }
}
