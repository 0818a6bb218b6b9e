using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeMore.Bench.Model;

/// <summary>An answer as bytes of a chunked HTTP body. All but its first event are the same in every answer of its shape, and made once.</summary>
internal sealed class BakedAnswer
{
    private static readonly JsonSerializerOptions Korean = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly byte[] Headers = Encoding.ASCII.GetBytes(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");

    private static readonly ConcurrentDictionary<AnswerShape, BakedAnswer> Known = new();

    private readonly AnswerShape _shape;
    private readonly byte[][] _later;

    private BakedAnswer(AnswerShape shape)
    {
        _shape = shape;
        _later = [.. Enumerable.Range(1, shape.Events - 1).Select(i => Event(AnswerShape.Text(i * shape.Phrases, (i + 1) * shape.Phrases), isLast: i == shape.Events - 1))];
    }

    public static BakedAnswer Of(AnswerShape shape) => Known.GetOrAdd(shape, s => new BakedAnswer(s));

    /// <summary>The head of the response and its first event.</summary>
    public byte[] First(long dueAtMicroseconds, string question) =>
        [.. Headers, .. Event(AnswerShape.First(dueAtMicroseconds, question) + AnswerShape.Text(1, _shape.Phrases), isLast: _shape.Events == 1)];

    /// <param name="number">From 1.</param>
    public byte[] Later(int number) => _later[number - 1];

    /// <summary>Member for member as Gemini writes it.</summary>
    private static byte[] Event(string text, bool isLast)
    {
        var json = JsonSerializer.Serialize(
            new
            {
                candidates = new[] { new Dictionary<string, object> { ["content"] = new { parts = new[] { new { text } }, role = "model" }, ["index"] = 0 } },
                usageMetadata = new { promptTokenCount = 100, candidatesTokenCount = 10, totalTokenCount = 110 },
                modelVersion = "gemini-fake",
                responseId = "bench",
            },
            Korean);
        if (isLast)
        {
            json = json.Replace("\"index\":0", "\"finishReason\":\"STOP\",\"index\":0", StringComparison.Ordinal);
        }

        var data = Encoding.UTF8.GetBytes($"data: {json}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes($"{data.Length:x}\r\n"), .. data, .. isLast ? "\r\n0\r\n\r\n"u8 : "\r\n"u8];
    }
}
