using System.Net.WebSockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>The real host, listening on a free loopback port.</summary>
public sealed class BeMoreApplication : WebApplicationFactory<Program>
{
    private readonly string _environment;
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly TimeProvider? _time;
    private readonly string _journal = Path.Combine(Path.GetTempPath(), $"bemore-journal-{Guid.NewGuid():N}");
    private readonly Action<IServiceCollection>? _services;

    private BeMoreApplication(
        string environment,
        IReadOnlyDictionary<string, string?> settings,
        TimeProvider? time,
        Action<IServiceCollection>? services)
    {
        MachineSettings.Forget();
        _environment = environment;
        _settings = settings;
        _time = time;
        _services = services;
        // Without a port, which the factory would set when the host may have begun to listen already: PORT is 0.
        UseKestrel();
    }

    public CapturedLogs Logs { get; } = new();

    /// <summary>Ends with a slash.</summary>
    public Uri Http => new($"http://127.0.0.1:{ClientOptions.BaseAddress.Port}/");

    /// <param name="environment">Development or Production.</param>
    /// <param name="settings">By the names of protocol.md, section 5; they beat everything else.</param>
    /// <param name="time">In place of the host's clock.</param>
    /// <param name="services">The last word on what is registered.</param>
    public static Task<BeMoreApplication> StartAsync(
        string environment = "Development",
        IReadOnlyDictionary<string, string?>? settings = null,
        TimeProvider? time = null,
        Action<IServiceCollection>? services = null)
    {
        var application = new BeMoreApplication(environment, settings ?? new Dictionary<string, string?>(), time, services);
        // StartServer blocks until the host has started, or throws what the host threw.
        return Task.Run(async () =>
        {
            try
            {
                application.StartServer();
                return application;
            }
            catch
            {
                await application.DisposeAsync();
                throw;
            }
        });
    }

    /// <param name="sessionId">Not escaped: what a test wrote oddly is sent as oddly.</param>
    /// <param name="socket">session, landmarks or voice.</param>
    public Uri Socket(string sessionId, string socket = "session") => new($"ws://127.0.0.1:{Http.Port}/ws/{socket}/{sessionId}");

    public Uri Hub() => new(Http, "hubs/counselling");

    public Task<RawSocketClient> ConnectAsync(string sessionId, Action<ClientWebSocketOptions>? options = null) =>
        RawSocketClient.ConnectAsync(Socket(sessionId), options);

    /// <summary>An orderly shutdown, as SIGTERM begins it; returns when the host has stopped.</summary>
    public Task StopAsync() => Services.GetRequiredService<IHost>().StopAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (Directory.Exists(_journal))
        {
            Directory.Delete(_journal, recursive: true);
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(_environment);
        builder.UseSetting("PORT", "0");
        builder.UseSetting("JOURNAL_DIRECTORY", _journal);
        foreach (var category in (string[])["Default", "Microsoft", "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Polly", "System"])
        {
            // By configuration, as an operator would at worst: what the host pins in code stays pinned.
            builder.UseSetting($"Logging:LogLevel:{category}", nameof(LogLevel.Trace));
        }

        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(Logs));
        builder.ConfigureServices(services =>
        {
            if (_time is not null)
            {
                services.Replace(ServiceDescriptor.Singleton(_time));
            }

            _services?.Invoke(services);
        });
    }
}
