namespace BeMore.Bench.Load;

/// <summary>Pings of many connections, spread evenly over the time between two of one.</summary>
internal sealed class Pings : IAsyncDisposable
{
    private const int TickMs = 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public Pings(IReadOnlyList<Talker> talkers, TimeSpan every) => _running = RunAsync(talkers, every);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(IReadOnlyList<Talker> talkers, TimeSpan every)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(TickMs));
        var (next, due) = (0, 0.0);
        try
        {
            while (await ticks.WaitForNextTickAsync(_stop.Token))
            {
                for (due += talkers.Count * (TickMs / every.TotalMilliseconds); due >= 1; due--)
                {
                    await talkers[next++ % talkers.Count].PingAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
