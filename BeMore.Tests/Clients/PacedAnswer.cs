using System.Runtime.CompilerServices;
using BeMore.Counselling;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>
/// A scripted answer on its way through the pacer, on a clock that only the test moves. Everything runs on the test's own thread, one
/// millisecond after the other: every time is exact, and no test waits.
/// </summary>
internal sealed class PacedAnswer
{
    /// <summary>Far longer than any script: whatever has not ended by then hangs.</summary>
    private const int LongestMs = 60_000;

    private readonly FakeTimeProvider _time = new();
    private readonly long _start;
    private readonly List<(int AtMs, string Text)> _pieces = [];

    private PacedAnswer() => _start = _time.GetTimestamp();

    /// <summary>What was given out, and when.</summary>
    public IReadOnlyList<(int AtMs, string Text)> Pieces => _pieces;

    public IReadOnlyList<string> Texts => [.. _pieces.Select(piece => piece.Text)];

    public string Said => string.Concat(Texts);

    /// <summary>How much longer than the model the whole took.</summary>
    public int BehindMs => EndedAtMs - ModelEndedAtMs;

    public int EndedAtMs { get; private set; }

    public int ModelEndedAtMs { get; private set; }

    /// <summary>What the pacer threw at the end; null: it ended in order.</summary>
    public Exception? Failure { get; private set; }

    public bool ModelWasDisposed { get; private set; }

    private int NowMs => (int)_time.GetElapsedTime(_start).TotalMilliseconds;

    /// <param name="intervalMs">STREAM_CHUNK_INTERVAL_MS.</param>
    /// <param name="script">When the model says what; an answer ends with its last text.</param>
    public static Task<PacedAnswer> RunAsync(int intervalMs, params (int AtMs, string Text)[] script) =>
        RunAsync(intervalMs, script, _ => Task.CompletedTask);

    /// <param name="ending">What the model does after its last text; given the pacer's token.</param>
    /// <param name="cancelAtMs">When nobody wants the answer any more.</param>
    public static Task<PacedAnswer> RunAsync(
        int intervalMs, IReadOnlyList<(int AtMs, string Text)> script, Func<CancellationToken, Task> ending, int cancelAtMs = LongestMs) =>
        // Away from the test runner's synchronisation context, which would put continuations on other threads.
        Task.Run(async () =>
        {
            var answer = new PacedAnswer();
            using var cancelled = new CancellationTokenSource();
            var pacer = new ChunkPacer(TimeSpan.FromMilliseconds(intervalMs), answer._time);
            var run = answer.ConsumeAsync(pacer.PaceAsync(answer.ModelAsync(script, ending), cancelled.Token));
            while (!run.IsCompleted && answer.NowMs < LongestMs)
            {
                if (answer.NowMs == cancelAtMs)
                {
                    await cancelled.CancelAsync();
                    break;
                }

                answer._time.Advance(TimeSpan.FromMilliseconds(1));
            }

            // Disposing may end on another thread; the answer itself has ended by now, or never does.
            await run.WaitAsync(Pulse.Patience);
            return answer;
        });

    private async Task ConsumeAsync(IAsyncEnumerable<string> pieces)
    {
        try
        {
            await foreach (var piece in pieces)
            {
                _pieces.Add((NowMs, piece));
            }
        }
        catch (Exception e)
        {
            Failure = e;
        }

        EndedAtMs = _pieces.Count > 0 ? _pieces[^1].AtMs : NowMs;
    }

    private async IAsyncEnumerable<string> ModelAsync(
        IReadOnlyList<(int AtMs, string Text)> script, Func<CancellationToken, Task> ending, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            foreach (var (atMs, text) in script)
            {
                if (atMs > NowMs)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(atMs - NowMs), _time, cancellation);
                }

                yield return text;
            }

            ModelEndedAtMs = NowMs;
            await ending(cancellation);
        }
        finally
        {
            ModelWasDisposed = true;
        }
    }
}
