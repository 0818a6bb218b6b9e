using System.Globalization;
using System.Text;

namespace BeMore.Bench.Model;

/// <summary>What the fake Gemini reads of a request: the mark in its last message.</summary>
/// <param name="Name">What the answer is to name.</param>
/// <param name="Shape">What it is to look like.</param>
internal sealed record Question(string Name, AnswerShape Shape)
{
    private static ReadOnlySpan<byte> Begin => "[bench "u8;

    /// <summary>Null: no mark is in there.</summary>
    /// <param name="body">The request's JSON. Earlier messages have marks too: the last counts.</param>
    public static Question? Find(ReadOnlySpan<byte> body)
    {
        var begin = body.LastIndexOf(Begin);
        if (begin < 0)
        {
            return null;
        }

        body = body[(begin + Begin.Length)..];
        var parts = Encoding.ASCII.GetString(body[..Math.Max(0, body.IndexOf((byte)']'))]).Split(' ');
        return parts is [var name, var events, var phrases, var gap]
            ? new Question(name, new AnswerShape(Number(events), Number(phrases), Number(gap)))
            : null;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
