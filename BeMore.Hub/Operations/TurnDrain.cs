using BeMore.Counselling;

namespace BeMore.Operations;

/// <summary>On the way out, running turns end or are stored as far as they came (protocol.md, section 1.2, Shutdown).</summary>
internal sealed class TurnDrain(TurnRegistry turns, TurnOptions options, IHostApplicationLifetime lifetime, ILogger<TurnDrain> logger) : IHostedLifecycleService
{
    /// <summary>For storing what was ended where it was.</summary>
    private static readonly TimeSpan Storing = TimeSpan.FromSeconds(2);

    /// <summary>What a SignalR connection was told last is on its way to the socket, and nobody tells when it has left.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(250);

    private readonly Lazy<Task> _drained = new(() => turns.DrainAsync(options.ShutdownGrace));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At the first sign, not in StopAsync: the web server, which stops before this service, waits for sockets that wait for turns.
        lifetime.ApplicationStopping.Register(Drain);
        return Task.CompletedTask;
    }

    /// <summary>As long as this takes, the web server listens, and says that nobody new is let in.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // A signal has said so already; whoever stops the host in code has not, and is not to be blocked.
        if (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await Task.Run(lifetime.StopApplication, CancellationToken.None).WaitAsync(cancellationToken);
        }

        await _drained.Value.WaitAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Blocks, because SignalR closes its connections at the same sign, and whoever registers last is called first: this after SignalR,
    /// and raw sockets, which see to themselves, after this.
    /// </summary>
    private void Drain()
    {
        logger.ShuttingDown(options.ShutdownGrace.TotalSeconds);
        if (!_drained.Value.IsCompleted)
        {
            _drained.Value.Wait(options.ShutdownGrace + Storing);
            Thread.Sleep(LastWords);
        }
    }
}
