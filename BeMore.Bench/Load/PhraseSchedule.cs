using BeMore.Bench.Model;

namespace BeMore.Bench.Load;

/// <summary>
/// When each phrase of an answer is due at the client. A phrase is due when the fake Gemini was due to send it, and not before the
/// interval after the phrase before it was due: that is the hub's pacing, which gives each phrase out as a chunk of its own.
/// </summary>
/// <remarks>
/// Against these times, and not against the chunk before, a chunk is late: a hub that falls behind stays behind. The lateness holds the
/// fake's own, the network's and the load's, and whatever an answer waits in the hub before its first chunk does not excuse the later ones.
/// </remarks>
internal sealed class PhraseSchedule
{
    private readonly long[] _offsets;

    /// <param name="shape">Of the answer.</param>
    /// <param name="intervalMs">The hub's <c>STREAM_CHUNK_INTERVAL_MS</c>.</param>
    public PhraseSchedule(AnswerShape shape, int intervalMs)
    {
        _offsets = new long[shape.PhrasesInAll];
        for (var i = 1; i < _offsets.Length; i++)
        {
            var sent = i / shape.Phrases * shape.GapMs * 1000L;
            _offsets[i] = Math.Max(sent, _offsets[i - 1] + (intervalMs * 1000L));
        }
    }

    /// <summary>µs after the first phrase was due.</summary>
    public long Offset(int phrase) => _offsets[phrase];
}
