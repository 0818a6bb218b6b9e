using System.Collections.Concurrent;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Load;

/// <summary>What the load saw, over all connections.</summary>
internal sealed class LoadFigures
{
    /// <summary>ms from the request to the first chunk.</summary>
    public Samples FirstChunk { get; } = new();

    /// <summary>ms from the request to the end of its answer.</summary>
    public Samples Complete { get; } = new();

    /// <summary>ms that a phrase came after it was due (<see cref="PhraseSchedule"/>).</summary>
    public Samples Lateness { get; } = new();

    /// <summary>ms from a ping to its pong.</summary>
    public Samples Pong { get; } = new();

    /// <summary>What went wrong, by what it was.</summary>
    public ConcurrentDictionary<string, int> Errors { get; } = new();

    private long _chunks;
    private int _asked;
    private int _answered;
    private int _triedAgain;

    public long Chunks => Volatile.Read(ref _chunks);

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Turns whose answer was, byte for byte, what the fake Gemini gave, and complete.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Handshakes that the hub refused, or did not answer, and that were tried again: under a load that is too much it may.</summary>
    public int TriedAgain => Volatile.Read(ref _triedAgain);

    public void CountTriedAgain() => Interlocked.Increment(ref _triedAgain);

    public void CountChunk() => Interlocked.Increment(ref _chunks);

    public void CountAsked() => Interlocked.Increment(ref _asked);

    public void CountAnswered() => Interlocked.Increment(ref _answered);

    public void CountError(string what) => Errors.AddOrUpdate(what, 1, (_, count) => count + 1);

    /// <summary>Adds the turns of another, and what went wrong with them.</summary>
    public void Take(LoadFigures other)
    {
        Interlocked.Add(ref _asked, other.Asked);
        Interlocked.Add(ref _answered, other.Answered);
        Interlocked.Add(ref _triedAgain, other.TriedAgain);
        foreach (var (what, count) in other.Errors)
        {
            Errors.AddOrUpdate(what, count, (_, before) => before + count);
        }
    }
}
