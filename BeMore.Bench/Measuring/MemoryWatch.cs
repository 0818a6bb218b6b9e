using System.Globalization;
using BeMore.Bench.Load;

namespace BeMore.Bench.Measuring;

/// <summary>Looks again and again at what a hub holds, and says it.</summary>
internal sealed class MemoryWatch(HubProcess hub, LoadFigures figures)
{
    private readonly MemorySeries _heap = new();
    private readonly MemorySeries _resident = new();

    public IReadOnlyList<(string What, MemorySeries Samples)> Series => [("managed heap", _heap), ("resident memory", _resident)];

    /// <summary>Sockets, sessions seated, sessions remembered, answers kept, entries of the rate limit: at the last look.</summary>
    public string Held { get; private set; } = "";

    public async Task RunAsync(TimeSpan every, CancellationToken stop)
    {
        using var http = new HttpClient();
        using var ticks = new PeriodicTimer(every);
        var before = 0;
        try
        {
            do
            {
                var turns = figures.Answered;
                var numbers = await Scraped.ReadAsync(
                    http,
                    hub,
                    "dotnet_gc_last_collection_heap_size_bytes",
                    "bemore_sockets_open", "bemore_sessions_seated", "bemore_sessions_remembered", "bemore_turns_kept", "bemore_ratelimit_entries");
                var resident = hub.Cpu.ResidentKiB * 1024.0;
                _heap.Add(turns, numbers[0]);
                _resident.Add(turns, resident);
                Held = string.Join(" / ", numbers.Skip(1).Select(number => number.ToString("0", CultureInfo.InvariantCulture)));
                Report.Progress(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{turns} turns, {(turns - before) / every.TotalSeconds:0}/s; heap {numbers[0] / (1 << 20):0.0} MiB, resident {resident / (1 << 20):0.0} MiB; sockets {numbers[1]:0}, seated {numbers[2]:0}, remembered {numbers[3]:0}, kept {numbers[4]:0}, rate limits {numbers[5]:0}"));
                before = turns;
            }
            while (await ticks.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }
}
