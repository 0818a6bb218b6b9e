namespace BeMore.Counselling;

/// <summary>
/// How turns end that somebody in danger cut off: soon, whatever they wait for. Help comes behind them, because streams do not mix, and is to
/// reach the person within 300 ms of the request.
/// </summary>
internal static class CutOff
{
    /// <summary>A database that has not answered by then is not waited for: the turn goes to the journal.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest that help waits for those before it. What is left is for the way to the person.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(200);

    /// <param name="turns">All that are told before the help; they are stopped already.</param>
    /// <param name="time">The clock.</param>
    public static async Task EndSoonAsync(IReadOnlyList<Turn> turns, TimeProvider time)
    {
        await Task.Delay(Patience, time);
        foreach (var turn in turns)
        {
            turn.Hurry();
        }

        await Task.Delay(Longest - Patience, time);
        foreach (var turn in turns)
        {
            turn.CutShort();
        }
    }
}
