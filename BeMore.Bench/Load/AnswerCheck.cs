using System.Buffers.Text;
using System.Text;
using BeMore.Bench.Measuring;
using BeMore.Bench.Model;

namespace BeMore.Bench.Load;

/// <summary>One answer while it comes: is it what the fake Gemini gave to this question, and was it on time?</summary>
internal sealed class AnswerCheck
{
    private readonly ExpectedAnswer _expected;
    private readonly byte[] _first;
    private readonly byte[] _question;
    private int _received;
    private int _phrase;
    private long _due;

    /// <param name="expected">What it should be.</param>
    /// <param name="question">The question's name, which the answer repeats.</param>
    public AnswerCheck(ExpectedAnswer expected, string question)
    {
        _expected = expected;
        _question = Encoding.ASCII.GetBytes($";{question} ");
        _first = new byte[AnswerShape.TimeDigits + _question.Length];
    }

    public bool IsRight { get; private set; } = true;

    public bool IsWhole => IsRight && _received == _first.Length + _expected.Rest.Length;

    /// <param name="text">What came next.</param>
    /// <param name="now">When, in µs.</param>
    /// <param name="lateness">Told of each phrase that is whole now.</param>
    public void Take(ReadOnlySpan<byte> text, long now, Samples lateness)
    {
        if (_received < _first.Length)
        {
            var part = text[..Math.Min(text.Length, _first.Length - _received)];
            part.CopyTo(_first.AsSpan(_received));
            _received += part.Length;
            text = text[part.Length..];
            if (_received < _first.Length)
            {
                return;
            }

            IsRight = Utf8Parser.TryParse(_first.AsSpan(0, AnswerShape.TimeDigits), out _due, out var digits)
                && digits == AnswerShape.TimeDigits
                && _first.AsSpan(AnswerShape.TimeDigits).SequenceEqual(_question);
        }

        var at = _received - _first.Length;
        IsRight = IsRight && at + text.Length <= _expected.Rest.Length && _expected.Rest.AsSpan(at, text.Length).SequenceEqual(text);
        _received += text.Length;
        while (IsRight && _phrase < _expected.Shape.PhrasesInAll && _received - _first.Length >= _expected.End(_phrase))
        {
            lateness.Add((now - _due - _expected.Schedule.Offset(_phrase)) / 1000.0);
            _phrase++;
        }
    }
}
