using Microsoft.Extensions.AI;

namespace BeMore.Counselling;

/// <summary>What the log is told of a turn when it has ended: counts and durations, never a word.</summary>
internal sealed class TurnProgress(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Characters (UTF-16) shown.</summary>
    public int Characters { get; private set; }

    /// <summary>From the turn's start to its first chunk; null if there was none.</summary>
    public double? FirstChunkMs { get; private set; }

    public bool Interrupted { get; set; }

    public long? InputTokens { get; private set; }

    public long? OutputTokens { get; private set; }

    public void Said(string piece)
    {
        FirstChunkMs ??= time.GetElapsedTime(_started).TotalMilliseconds;
        Characters += piece.Length;
    }

    public void Used(UsageDetails usage) => (InputTokens, OutputTokens) = (usage.InputTokenCount, usage.OutputTokenCount);
}
