using System.Collections.Concurrent;
using BeMore.Counselling;
using BeMore.Sessions;

namespace BeMore.Cluster;

/// <summary>Gives up sessions that another node has now, and lets it tell on what is being said here.</summary>
internal sealed class Handovers(SessionSeats seats, TurnRegistry turns, NodeBus bus, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Handover> _given = new(StringComparer.Ordinal);

    /// <summary>Whoever has the session here loses it; its turns go to the node that has it now.</summary>
    public Task<NodeMessage?> GiveAsync(string from, NodeMessage.Taken taken)
    {
        seats.Lose(taken.Session, taken.At);
        _ = LoseLatecomerAsync(taken);
        return Task.FromResult<NodeMessage?>(taken.Handover is { } name ? Offer(from, taken.Session, name) : null);
    }

    public async Task<NodeMessage?> AnswerAsync(string from, NodeMessage.Ask ask) =>
        _given.TryGetValue(ask.Handover, out var handover) ? await handover.AnswerAsync(ask) : new NodeMessage.Gone(Runs: false);

    public Task<NodeMessage?> WaitAsync(string from, NodeMessage.Waits waits)
    {
        _given.GetValueOrDefault(waits.Handover)?.Renew();
        return Task.FromResult<NodeMessage?>(null);
    }

    public Task<NodeMessage?> StopAsync(string from, NodeMessage.Stop stop)
    {
        _given.GetValueOrDefault(stop.Handover)?.Stop(stop.Turn);
        return Task.FromResult<NodeMessage?>(null);
    }

    public Task<NodeMessage?> HearAsync(string from, NodeMessage.Heard heard)
    {
        _given.GetValueOrDefault(heard.Handover)?.Hear(heard.Turn);
        return Task.FromResult<NodeMessage?>(null);
    }

    private NodeMessage.Offer Offer(string to, string sessionId, string name)
    {
        var watches = turns.TakeOver(sessionId, name, () => false).ToLookup(w => w.Turn.Elsewhere?.Node == to);
        foreach (var itsOwn in watches[true])
        {
            // It ran there all the time, and is told there.
            itsOwn.Drop();
        }

        TurnWatch[] others = [.. watches[false]];
        if (others.Length > 0)
        {
            _ = RunAsync(sessionId, name, _given[name] = new Handover(others, time));
        }

        return new NodeMessage.Offer([.. others.Select(w => w.Turn.Elsewhere?.Node ?? bus.Me)]);
    }

    private async Task RunAsync(string sessionId, string name, Handover handover)
    {
        await handover.RunAsync();
        // Also one that is told here again: what was said at the other node after it waits for its end, and asks for that.
        await turns.WhenIdle(sessionId);
        _given.TryRemove(name, out _);
    }

    /// <summary>A connection here that is older may be about to take the seat that Redis granted it: by then it has.</summary>
    private async Task LoseLatecomerAsync(NodeMessage.Taken taken)
    {
        await Task.Delay(2 * RedisLink.Patience, time);
        seats.Lose(taken.Session, taken.At);
    }
}
