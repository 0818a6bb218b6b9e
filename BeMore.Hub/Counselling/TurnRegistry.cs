using System.Collections.Concurrent;
using BeMore.Safety;
using BeMore.Telemetry;

namespace BeMore.Counselling;

/// <summary>The turns in flight, by session. A turn lives here, not in the connection that asked for it.</summary>
internal sealed class TurnRegistry(TurnRunner runner, TurnOptions options, TurnTelemetry telemetry, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, SessionTurns> _sessions = new(StringComparer.Ordinal);

    /// <summary>Of all sessions: turns that run, that wait, and that have ended and wait for somebody to come back.</summary>
    public (int Running, int Waiting, int Kept) Counts =>
        _sessions.Values.Select(s => s.Counts).Aggregate((0, 0, 0), (sum, c) => (sum.Item1 + c.Running, sum.Item2 + c.Waiting, sum.Item3 + c.Kept));

    /// <summary>
    /// Takes a turn on, behind those that the session has already; null if too many wait. Somebody in danger is the last who is heard then:
    /// see <see cref="Turn.Refusal"/>.
    /// </summary>
    /// <param name="sessionId">Whose turn it is.</param>
    /// <param name="request">What was said.</param>
    /// <param name="asker">Who said it.</param>
    /// <param name="risk">How much danger it is about.</param>
    public TurnWatch? Enqueue(string sessionId, TurnRequest request, Asker asker, TurnRisk risk)
    {
        while (true)
        {
            if (Of(sessionId).TryEnqueue(request, asker, risk, out var watch))
            {
                return watch;
            }
        }
    }

    /// <summary>Takes on turns that run at another node, for whoever comes for them here.</summary>
    public void Inherit(string sessionId, IReadOnlyList<Turn> inherited)
    {
        while (!Of(sessionId).TryInherit(inherited))
        {
        }
    }

    /// <summary>What somebody is told whose request cannot become a turn: why not, and in danger the help text before it.</summary>
    public TurnEvent[] Refuse(TurnRisk risk, TurnError refusal)
    {
        telemetry.Refused(refusal);
        TurnEvent failed = new TurnEvent.Failed(refusal);
        return risk.Help is { } help ? [TurnEvent.Begin.Instance, new TurnEvent.Chunk(help), failed] : [failed];
    }

    /// <summary>What other connections left unfinished, for the one that has the session now.</summary>
    public IReadOnlyList<TurnWatch> TakeOver(string sessionId, string connectionId, Func<bool> isSuperseded) =>
        Find(sessionId)?.TakeOver(connectionId, isSuperseded) ?? [];

    /// <summary>The end of these was told to a connection that had broken: they are kept for whoever comes back.</summary>
    /// <param name="told">Oldest first.</param>
    public void Restore(IReadOnlyList<Turn> told)
    {
        // The latest first: each is put before what is there.
        foreach (var turn in told.Reverse())
        {
            while (!Of(turn.SessionId).TryRestore(turn))
            {
            }
        }
    }

    /// <summary>There is something to come back for.</summary>
    public bool HasUnfinished(string sessionId) => Find(sessionId)?.HasUnfinished == true;

    /// <summary>Ends the session's running answer where it is: what was said is kept, and the stream completes.</summary>
    public void Cancel(string sessionId) => Find(sessionId)?.StopRunning();

    /// <summary>Forgets what a session that was erased has said; its running answer ends where it is, and is not kept.</summary>
    public void Erase(string sessionId) => Find(sessionId)?.Erase();

    /// <summary>Completes when the session has no turn that runs or waits.</summary>
    public Task WhenIdle(string sessionId) => Find(sessionId)?.Idle ?? Task.CompletedTask;

    /// <summary>Lets running turns end within <paramref name="grace"/>, then ends them where they are.</summary>
    public async Task DrainAsync(TimeSpan grace)
    {
        var idle = Task.WhenAll(_sessions.Values.Select(s => s.Idle));
        if (await Task.WhenAny(idle, Task.Delay(grace, time)) != idle)
        {
            foreach (var session in _sessions.Values)
            {
                session.StopAll();
            }
        }

        await Task.WhenAll(_sessions.Values.Select(s => s.Idle));
    }

    private SessionTurns Of(string sessionId) => _sessions.GetOrAdd(sessionId, id => new SessionTurns(id, runner, options, time, Remove));

    private SessionTurns? Find(string sessionId) => _sessions.GetValueOrDefault(sessionId);

    private void Remove(SessionTurns session) => _sessions.TryRemove(KeyValuePair.Create(session.SessionId, session));
}
