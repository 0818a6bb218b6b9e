using System.Runtime.CompilerServices;

namespace BeMore.Counselling;

/// <summary>
/// Gives an answer out in natural pieces at a natural speed. The interval is a least distance between pieces (by the clock of
/// <see cref="PaceClock"/>, which may be a millisecond early), not a sleep after each: the first leaves at once, and pieces grow where
/// there is much to catch up with, because the browser begins to speak at the answer's end, and that must not come later than 2 s after
/// the model's (protocol.md, section 3).
/// </summary>
internal sealed class ChunkPacer
{
    /// <summary>
    /// How long after the model's end the last piece may leave. Long enough for a text that came at once to be read as it appears, and no
    /// longer, because nothing is heard before.
    /// </summary>
    private readonly TimeSpan _catchUp;

    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly PaceClock _clock;
    // Made once, not for each piece.
    private readonly Func<ReadAhead, PhraseCutter, bool, string?> _nextPiece;

    /// <param name="interval">The least distance between two pieces; zero: what has come leaves.</param>
    /// <param name="time">The clock.</param>
    public ChunkPacer(TimeSpan interval, TimeProvider time)
    {
        (_interval, _time, _clock, _nextPiece) = (interval, time, new PaceClock(time), NextPiece);
        _catchUp = TimeSpan.FromSeconds(Math.Max(0.3, interval.TotalSeconds));
    }

    /// <param name="texts">The answer as the model gives it.</param>
    /// <param name="cancellation">Ends the answer where it is: what has not been given out is not.</param>
    /// <remarks>If the model's stream breaks, what it gave until then is given out first.</remarks>
    public async IAsyncEnumerable<string> PaceAsync(IAsyncEnumerable<string> texts, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var ahead = new ReadAhead(texts, _clock, _time, stop.Token);
        await using var _ = ahead;
        try
        {
            var isFirst = true;
            var due = _time.GetTimestamp();
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (ahead.IsBroken)
                {
                    if (ahead.Take(static (_, cutter, _) => cutter.TakeRest(int.MaxValue), isFirst) is { } rest)
                    {
                        yield return rest;
                    }

                    ahead.ThrowIfBroken();
                }

                if (ahead.IsEmpty)
                {
                    yield break;
                }

                if (!ahead.IsDue(due))
                {
                    await ahead.WaitUntilAsync(due);
                }
                else if (ahead.Take(_nextPiece, isFirst) is { } piece)
                {
                    isFirst = false;
                    due = _time.GetTimestamp() + (long)(_interval.TotalSeconds * _time.TimestampFrequency);
                    yield return piece;
                }
                else
                {
                    await ahead.WaitForMoreAsync();
                }
            }
        }
        finally
        {
            if (!ahead.IsOver)
            {
                stop.Cancel();
            }
        }
    }

    private string? NextPiece(ReadAhead ahead, PhraseCutter cutter, bool isFirst)
    {
        if (_interval == TimeSpan.Zero)
        {
            // Pacing is off: what has come leaves, and what came together leaves together.
            return ahead.IsOver ? cutter.TakeRest(int.MaxValue) : cutter.TakeAllThatIsWhole();
        }

        // As many pieces as still fit before the end is due; each takes its share of what waits.
        var left = ahead.IsOver ? _catchUp - ahead.SinceEnd : _catchUp;
        var pieces = left <= TimeSpan.Zero ? 1 : (int)(left / _interval) + 1;
        var share = (cutter.Length + pieces - 1) / pieces;
        return ahead.IsOver ? cutter.TakeRest(share)
            : isFirst ? cutter.TakeWhatIsThere()
            : cutter.TakePhrase(share);
    }
}
