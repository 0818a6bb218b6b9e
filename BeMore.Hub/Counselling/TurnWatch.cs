using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace BeMore.Counselling;

/// <summary>One connection's view of one turn.</summary>
internal sealed class TurnWatch(SessionTurns session, Turn turn, Channel<TurnEvent> events)
{
    public Turn Turn { get; } = turn;

    /// <summary>The turn's events. Leaving before the end stops the turn, unless it was the connection that was lost.</summary>
    /// <param name="connectionLost">The watcher's connection is gone: somebody may come back for the rest.</param>
    /// <param name="left">The watcher does not want more, for whichever reason.</param>
    public async IAsyncEnumerable<TurnEvent> ReadAsync(Func<bool> connectionLost, [EnumeratorCancellation] CancellationToken left = default)
    {
        var sawTheEnd = false;
        // Asked with a token, the channel makes an object for each wait.
        using var leaving = left.UnsafeRegister(static writer => ((ChannelWriter<TurnEvent>)writer!).TryComplete(), events.Writer);
        try
        {
            while (await events.Reader.WaitToReadAsync(CancellationToken.None))
            {
                while (!left.IsCancellationRequested && events.Reader.TryRead(out var turnEvent))
                {
                    if (turnEvent.IsLast)
                    {
                        Turn.BeginToTellTheEnd(events, connectionLost, session.Now);
                    }

                    yield return turnEvent;
                    // Only now, when the consumer is back for more: the last event has been written out.
                    sawTheEnd = turnEvent.IsLast;
                }

                left.ThrowIfCancellationRequested();
            }

            left.ThrowIfCancellationRequested();
        }
        finally
        {
            Leave(sawTheEnd, connectionLost);
        }
    }

    /// <summary>One turn after the other, as one stream.</summary>
    public static async IAsyncEnumerable<TurnEvent> ReadAllAsync(
        IReadOnlyList<TurnWatch> watches, Func<bool> connectionLost, [EnumeratorCancellation] CancellationToken left = default)
    {
        var next = 0;
        try
        {
            while (next < watches.Count)
            {
                await foreach (var turnEvent in watches[next++].ReadAsync(connectionLost, left))
                {
                    yield return turnEvent;
                }
            }
        }
        finally
        {
            for (; next < watches.Count; next++)
            {
                watches[next].Leave(sawTheEnd: false, connectionLost);
            }
        }
    }

    /// <summary>Nobody is to be told its turn here.</summary>
    public void Drop()
    {
        Turn.Abandon();
        Leave(sawTheEnd: false, () => true);
    }

    private void Leave(bool sawTheEnd, Func<bool> connectionLost)
    {
        if (Turn.Detach(events, sawTheEnd))
        {
            session.WatcherLeft(Turn, connectionLost());
        }
    }
}
