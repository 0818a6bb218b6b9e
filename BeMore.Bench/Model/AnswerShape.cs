using System.Globalization;
using System.Text;

namespace BeMore.Bench.Model;

/// <summary>How the fake Gemini answers: so many events, each of so many phrases, so far apart.</summary>
/// <param name="Events">Events of the stream.</param>
/// <param name="Phrases">Phrases in an event. The hub gives each out as a chunk of its own where it paces.</param>
/// <param name="GapMs">From one event to the next; 0: at once.</param>
internal sealed record AnswerShape(int Events, int Phrases, int GapMs)
{
    /// <summary>Of the time in an answer's first phrase.</summary>
    public const int TimeDigits = 16;

    // Each is one phrase to the hub: it has no space behind its eighth character but the last (PhraseCutter).
    private static readonly string[] Sentences =
        ["많이 힘드셨겠어요. ", "그런 마음이셨군요, ", "혼자서 견디셨네요. ", "조금 더들려주세요. ", "천천히 말씀하세요, ", "어떤 생각이드세요? ", "지금은 괜찮으세요? ", "함께 찾아보도록해요. "];

    public int PhrasesInAll => Events * Phrases;

    /// <summary>From the first event to the end of the last one's phrases.</summary>
    public double Seconds => Events * GapMs / 1000.0;

    /// <summary>
    /// The first phrase of an answer: when its first event was due, by the clock that all processes of a machine share, and the name of the
    /// question. So a client knows when each phrase was due, and that the answer is its own.
    /// </summary>
    public static string First(long dueAtMicroseconds, string question) =>
        $"{dueAtMicroseconds.ToString($"D{TimeDigits}", CultureInfo.InvariantCulture)};{question} ";

    /// <param name="number">From 1: the first is made for each answer.</param>
    public static string Phrase(int number) => Sentences[number % Sentences.Length];

    /// <summary>The phrases from one to another.</summary>
    public static string Text(int from, int to)
    {
        var text = new StringBuilder();
        for (var i = from; i < to; i++)
        {
            text.Append(Phrase(i));
        }

        return text.ToString();
    }

    /// <summary>As a mark in a question, for the fake to read.</summary>
    /// <param name="question">The question's name: ASCII, without spaces.</param>
    public string Mark(string question) => $"[bench {question} {Events} {Phrases} {GapMs}]";
}
