using BeMore.Counselling;

namespace BeMore.Cluster;

/// <summary>A turn that runs at another node, told on here: asked for again and again, so that nothing that is lost on the way is missed.</summary>
/// <param name="bus">How the nodes talk.</param>
/// <param name="holder">The node that has it to tell.</param>
/// <param name="handover">Under which name.</param>
/// <param name="number">Its place there.</param>
/// <param name="origin">The node that runs it: the holder, or one that the holder has it from.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Of whoever inherited it.</param>
internal sealed class InheritedTurn(NodeBus bus, string holder, string handover, int number, string origin, TimeProvider time, ILogger logger) : ITurnElsewhere
{
    /// <summary>A node that has not answered for so long is no more, or cannot be reached.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>One question's: longer than the holder waits for something to say.</summary>
    private static readonly TimeSpan AnswerPatience = Handover.Pause + TimeSpan.FromSeconds(1);

    /// <summary>Between two questions of which the first had no answer.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(250);

    public string Node => origin;

    public async Task RunAsync(Turn turn)
    {
        await using var stop = turn.Stopped.Register(() => bus.Tell(holder, new NodeMessage.Stop(handover, number)));
        TurnEvent end;
        try
        {
            end = await TellAsync(turn);
        }
        catch (Exception e)
        {
            logger.InheritedTurnBroke(turn.SessionId, e);
            end = new TurnEvent.Failed(TurnError.Internal);
        }

        turn.End(end);
    }

    private async Task<TurnEvent> TellAsync(Turn turn)
    {
        var (begun, seen, heard) = (false, 0, time.GetTimestamp());
        while (true)
        {
            switch (await bus.AskAsync(holder, new NodeMessage.Ask(handover, number, begun, seen, turn.Stopped.IsCancellationRequested), AnswerPatience))
            {
                case NodeMessage.Told told:
                    heard = time.GetTimestamp();
                    if (told.Begun && !begun)
                    {
                        turn.Begin();
                        begun = true;
                    }

                    if (told.Text.Length > 0)
                    {
                        turn.Say(told.Text);
                        seen += told.Text.Length;
                    }

                    if (told.End is not null)
                    {
                        bus.Tell(holder, new NodeMessage.Heard(handover, number));
                        return told.End.Length == 0 ? TurnEvent.Complete.Instance : new TurnEvent.Failed(TurnError.Of(told.End));
                    }

                    break;
                case NodeMessage.Gone gone:
                    // Somebody came back to the node that runs it, and hears it there: nobody is to hear it here a second time.
                    turn.Abandon();
                    if (!gone.Runs || turn.IsReplaced || turn.Stopped.IsCancellationRequested)
                    {
                        return new TurnEvent.Failed(TurnError.AiUnavailable);
                    }

                    // What was said here after it waits for its end.
                    heard = time.GetTimestamp();
                    await Task.Delay(Retry, time);
                    break;
                default:
                    if (time.GetElapsedTime(heard) >= Patience)
                    {
                        logger.InheritedTurnLost(turn.SessionId, holder);
                        return new TurnEvent.Failed(TurnError.AiUnavailable);
                    }

                    await Task.Delay(Retry, time);
                    break;
            }
        }
    }
}
