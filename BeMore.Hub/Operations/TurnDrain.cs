using BeMore.Counselling;

namespace BeMore.Operations;

/// <summary>On the way out, running turns end or are stored as far as they came (protocol.md, section 1.2, Shutdown).</summary>
internal sealed class TurnDrain(TurnRegistry turns, TurnOptions options, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private readonly Lazy<Task> _drained = new(() => turns.DrainAsync(options.ShutdownGrace));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At the first sign, not in StopAsync: the web server, which stops before this service, waits for sockets that wait for turns.
        lifetime.ApplicationStopping.Register(() => _ = _drained.Value);
        return Task.CompletedTask;
    }

    /// <summary>As long as this takes, the web server listens, and says that nobody new is let in.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A signal has said so already; whoever stops the host in code has not.
        lifetime.StopApplication();
        return _drained.Value.WaitAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
