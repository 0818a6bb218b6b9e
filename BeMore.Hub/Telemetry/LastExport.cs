using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace BeMore.Telemetry;

/// <summary>
/// What was measured last is sent when all has ended; a collector that does not take it holds nobody up. (Without this the SDK would wait
/// for it, for five seconds each, when whoever stops the hub may have lost patience.)
/// </summary>
internal sealed class LastExport(IServiceProvider services) : IHostedLifecycleService
{
    private const int PatienceMs = 1000;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.WhenAll(
        Task.Run(() => services.GetService<TracerProvider>()?.Shutdown(PatienceMs), CancellationToken.None),
        Task.Run(() => services.GetService<MeterProvider>()?.Shutdown(PatienceMs), CancellationToken.None));

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
