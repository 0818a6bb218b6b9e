using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>What the process holds can be read from outside, and is nothing again when everybody has left.</summary>
[Collection(nameof(FragileCluster))]
public sealed class HubMetersTests(FragileCluster cluster)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    [Fact]
    public async Task TheNumbersSayWhatIsHeldAndReturnToZero()
    {
        var time = new ObservedTime();
        await using var hub = await OutageHub.StartAsync(
            cluster, new() { ["RESUME_GRACE_SECONDS"] = $"{Grace.TotalSeconds}", ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, time);
        var gate = new TaskCompletionSource();
        hub.Gemini.Next(Gemini.Begins("하나, ").WaitsFor(gate.Task).Says("둘."));
        using var meters = new Meters(hub.App.Services.GetRequiredService<IMeterFactory>());
        meters.Read().Values.Should().OnlyContain(v => v == 0).And.HaveCount(10);

        await using (var client = await hub.ConnectAsync())
        {
            await client.RequestAsync("음");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await client.RequestAsync("그리고요");
            await client.PingAsync();
            await client.ReadUntilAsync(f => f.Type == "pong");
            meters.Read().Should().Equal(Numbers(seated: 1, sockets: 1, remembered: 1, running: 1, waiting: 1, rateLimit: 1));
            await cluster.GoAwayAsync();
            client.Abort();
        }

        await time.WaitBeganAsync(Grace, count: 2);
        gate.SetResult();
        await hub.App.Logs.WaitForAsync(_ => hub.App.Logs.Named("TurnEnded").Count == 2);
        meters.Read().Should().Equal(Numbers(remembered: 1, kept: 2, journal: 3, rateLimit: 1, away: 1));

        await time.WaitBeganAsync(TimeSpan.FromSeconds(1));
        await cluster.ComeBackAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        (await hub.RowsAsync()).Should().HaveCount(2);
        time.Advance(Grace);
        time.Advance(TimeSpan.FromMinutes(1));
        // The memory of who talked lately is bounded, and not emptied by time.
        meters.Read().Should().Equal(Numbers(remembered: 1));
    }

    private static Dictionary<string, int> Numbers(
        int seated = 0, int sockets = 0, int remembered = 0, int running = 0, int waiting = 0, int kept = 0, int journal = 0, int rateLimit = 0, int away = 0) => new()
        {
            ["bemore.sessions.seated"] = seated,
            ["bemore.sockets.open session"] = sockets,
            ["bemore.sockets.open analysis"] = 0,
            ["bemore.sessions.remembered"] = remembered,
            ["bemore.turns.running"] = running,
            ["bemore.turns.waiting"] = waiting,
            ["bemore.turns.kept"] = kept,
            ["bemore.journal.entries"] = journal,
            ["bemore.ratelimit.entries"] = rateLimit,
            ["bemore.database.away"] = away,
        };

    /// <summary>Of one host: others run beside it in this process.</summary>
    private sealed class Meters : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, int> _numbers = new();

        public Meters(IMeterFactory host)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                // What keeps Gemini from being asked has tests of its own.
                if (instrument.Meter.Name == "BeMore" && instrument.Meter.Scope == host && instrument.Name != "bemore.gemini.breaker.open")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, number, tags, _) =>
                _numbers[string.Join(' ', [instrument.Name, .. tags.ToArray().Select(t => t.Value)])] = number);
            _listener.Start();
        }

        public Dictionary<string, int> Read()
        {
            _listener.RecordObservableInstruments();
            return new Dictionary<string, int>(_numbers);
        }

        public void Dispose() => _listener.Dispose();
    }
}
