using System.Text;
using BeMore.Bench.Model;

namespace BeMore.Bench.Load;

/// <summary>What every answer of a shape must be behind its first phrase, as UTF-8, and when its phrases are due.</summary>
internal sealed class ExpectedAnswer
{
    private readonly int[] _ends;

    public ExpectedAnswer(AnswerShape shape, int intervalMs)
    {
        Shape = shape;
        Schedule = new PhraseSchedule(shape, intervalMs);
        RestText = AnswerShape.Text(1, shape.PhrasesInAll);
        Rest = Encoding.UTF8.GetBytes(RestText);
        _ends = new int[shape.PhrasesInAll];
        for (var i = 1; i < _ends.Length; i++)
        {
            _ends[i] = _ends[i - 1] + Encoding.UTF8.GetByteCount(AnswerShape.Phrase(i));
        }
    }

    public AnswerShape Shape { get; }

    public PhraseSchedule Schedule { get; }

    public string RestText { get; }

    public byte[] Rest { get; }

    /// <summary>Where a phrase ends, in bytes behind the first one.</summary>
    public int End(int phrase) => _ends[phrase];
}
