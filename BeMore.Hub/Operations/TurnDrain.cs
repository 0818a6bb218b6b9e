using BeMore.Counselling;

namespace BeMore.Operations;

/// <summary>On the way out, running turns end or are stored as far as they came (protocol.md, section 1.2, Shutdown).</summary>
internal sealed class TurnDrain(TurnRegistry turns, TurnOptions options, IHostApplicationLifetime lifetime) : IHostedService
{
    private Task _drained = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // At the first sign, not in StopAsync: the web server, which stops before this service, waits for sockets that wait for turns.
        lifetime.ApplicationStopping.Register(() => _drained = turns.DrainAsync(options.ShutdownGrace));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _drained.WaitAsync(cancellationToken);
}
