using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace BeMore.Counselling;

/// <summary>
/// Gives an answer out in natural pieces at a natural speed. The interval is a least distance between pieces (by the clock of
/// <see cref="PaceClock"/>, which may be a millisecond early), not a sleep after each: the first leaves at once, and pieces grow where
/// there is much to catch up with, because the browser begins to speak at the answer's end, and that must not come later than 2 s after
/// the model's (protocol.md, section 3).
/// </summary>
internal sealed class ChunkPacer(TimeSpan interval, TimeProvider time)
{
    /// <summary>
    /// How long after the model's end the last piece may leave. Long enough for a text that came at once to be read as it appears, and no
    /// longer, because nothing is heard before.
    /// </summary>
    private readonly TimeSpan _catchUp = TimeSpan.FromSeconds(Math.Max(0.3, interval.TotalSeconds));

    private readonly PaceClock _clock = new(time);

    /// <param name="texts">The answer as the model gives it.</param>
    /// <param name="cancellation">Ends the answer where it is: what has not been given out is not.</param>
    /// <remarks>If the model's stream breaks, what it gave until then is given out first.</remarks>
    public async IAsyncEnumerable<string> PaceAsync(IAsyncEnumerable<string> texts, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var source = new Source(texts, time, stop.Token);
        await using var _ = source;
        try
        {
            var first = true;
            var due = time.GetTimestamp();
            Task? ring = null;
            while (true)
            {
                await source.DrainAsync();
                cancellation.ThrowIfCancellationRequested();
                if (source.IsBroken)
                {
                    if (source.Cutter.TakeRest(int.MaxValue) is { } rest)
                    {
                        yield return rest;
                    }

                    source.ThrowIfBroken();
                }

                if (source.IsOver && source.Cutter.Length == 0)
                {
                    yield break;
                }

                if (ring is not { IsCompleted: true } && time.GetTimestamp() < due)
                {
                    // Kept while texts come in between.
                    ring ??= _clock.WhenDue(due);
                    await source.WaitAsync(ring);
                }
                else if (NextPiece(source, first) is { } piece)
                {
                    first = false;
                    due = time.GetTimestamp() + (long)(interval.TotalSeconds * time.TimestampFrequency);
                    ring = null;
                    yield return piece;
                }
                else
                {
                    await source.WaitAsync();
                }
            }
        }
        finally
        {
            if (!source.IsOver)
            {
                stop.Cancel();
            }
        }
    }

    private string? NextPiece(Source source, bool first)
    {
        var cutter = source.Cutter;
        if (interval == TimeSpan.Zero)
        {
            // Pacing is off: what has come leaves, and what came together leaves together.
            return source.IsOver ? cutter.TakeRest(int.MaxValue) : cutter.TakeAllThatIsWhole();
        }

        // As many pieces as still fit before the end is due; each takes its share of what waits.
        var left = source.IsOver ? _catchUp - source.SinceEnd : _catchUp;
        var pieces = left <= TimeSpan.Zero ? 1 : (int)(left / interval) + 1;
        var share = (cutter.Length + pieces - 1) / pieces;
        return source.IsOver ? cutter.TakeRest(share)
            : first ? cutter.TakeWhatIsThere()
            : cutter.TakePhrase(share);
    }

    /// <summary>The model's stream, read ahead while pieces wait for their time.</summary>
    private sealed class Source : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<string> _texts;
        private readonly TimeProvider _time;
        private readonly CancellationToken _stop;
        private Task<bool> _next;
        private ExceptionDispatchInfo? _failure;
        private long _endedAt;

        public Source(IAsyncEnumerable<string> texts, TimeProvider time, CancellationToken stop)
        {
            (_time, _stop) = (time, stop);
            _texts = texts.GetAsyncEnumerator(stop);
            _next = _texts.MoveNextAsync().AsTask();
        }

        public PhraseCutter Cutter { get; } = new();

        public bool IsOver { get; private set; }

        public bool IsBroken => _failure is not null;

        public TimeSpan SinceEnd => _time.GetElapsedTime(_endedAt);

        public void ThrowIfBroken() => _failure?.Throw();

        /// <summary>Takes what has come, without waiting.</summary>
        public async ValueTask DrainAsync()
        {
            while (!IsOver && _next.IsCompleted)
            {
                try
                {
                    if (await _next)
                    {
                        Cutter.Append(_texts.Current);
                        _next = _texts.MoveNextAsync().AsTask();
                        continue;
                    }
                }
                catch (Exception e)
                {
                    _failure = ExceptionDispatchInfo.Capture(e);
                }

                IsOver = true;
                _endedAt = _time.GetTimestamp();
            }
        }

        /// <summary>Waits for more text, or until a piece is due.</summary>
        public async ValueTask WaitAsync(Task? due = null)
        {
            if (IsOver)
            {
                await due!.WaitAsync(_stop);
            }
            else if (due is null)
            {
                await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                await Task.WhenAny(_next, due);
            }
        }

        public async ValueTask DisposeAsync()
        {
            // An enumerator may not be disposed while it moves; the caller has cancelled it.
            await ((Task)_next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _texts.DisposeAsync();
        }
    }
}
