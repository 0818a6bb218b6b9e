using BeMore.Counselling;
using BeMore.Safety;

namespace BeMore.Cluster;

/// <summary>
/// What another node was saying when a session came here: its turns go on there, and are told on here, as if they ran here. So a person
/// who comes back to another node hears the rest, and what is said here waits for its end.
/// </summary>
internal sealed class Inheritance(NodeBus bus, TurnRegistry turns, TimeProvider time, ILogger<Inheritance> logger)
{
    /// <summary>Longest that a connection waits for what another node has of its session. One that is there answers at once.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private long _last;

    /// <summary>Tells the node that had the session that it has it no more, and takes over what it has to tell.</summary>
    /// <param name="sessionId">A valid id.</param>
    /// <param name="takenAt">The seat's moment.</param>
    /// <param name="node">Who had it.</param>
    public async Task TakeOverAsync(string sessionId, long takenAt, string node)
    {
        var handover = $"{bus.Me}-{Interlocked.Increment(ref _last)}";
        if (await bus.AskAsync(node, new NodeMessage.Taken(sessionId, takenAt, handover), Patience) is NodeMessage.Offer { Origins.Count: > 0 } offer)
        {
            Turn[] inherited = [.. offer.Origins.Select((origin, number) => new Turn(sessionId, TurnRequest.Empty, Asker.Nobody, TurnRisk.None)
            {
                Elsewhere = new InheritedTurn(bus, node, handover, number, origin, time, logger),
            })];
            turns.Inherit(sessionId, inherited);
            _ = KeepAsync(node, handover, inherited);
            logger.TurnsInherited(sessionId, node, offer.Origins.Count);
        }
    }
    /// <summary>One that waits here for others before it is not asked for as long: the node that has it must not take this one for lost.</summary>
    private async Task KeepAsync(string node, string handover, Turn[] inherited)
    {
        while (true)
        {
            await Task.Delay(Handover.Silence / 3, time);
            if (Array.TrueForAll(inherited, t => t.HasEnded))
            {
                return;
            }

            bus.Tell(node, new NodeMessage.Waits(handover));
        }
    }
}
