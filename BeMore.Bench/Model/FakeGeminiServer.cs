using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Model;

/// <summary>
/// Answers as Gemini does over HTTP/1.1, in a process of its own. By hand and not with a web server: it has the processors together with
/// the hub that it is to keep busy, and so it must cost next to nothing.
/// </summary>
internal sealed class FakeGeminiServer
{
    /// <summary>The argument by which the program is this instead.</summary>
    public const string Verb = "fake-gemini";

    private readonly Lock _lock = new();
    private Samples _lateness = new();
    private int _answered;
    private int _refused;

    /// <summary>Says its port, then, a line for each that it reads, what it did since the last; ends with its input.</summary>
    public static async Task<int> RunAsync()
    {
        var server = new FakeGeminiServer();
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port);
        _ = server.AcceptAsync(listener);
        while (await Console.In.ReadLineAsync() is not null)
        {
            Console.WriteLine(server.TakeFigures());
        }

        return 0;
    }

    private string TakeFigures()
    {
        lock (_lock)
        {
            var figures = string.Create(CultureInfo.InvariantCulture, $"{_answered} {_refused} {_lateness.Percentile(50):0.0} {_lateness.Percentile(99):0.0} {_lateness.Percentile(100):0.0}");
            (_lateness, _answered, _refused) = (new Samples(), 0, 0);
            return figures;
        }
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync();
            socket.NoDelay = true;
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        var buffer = new byte[16 * 1024];
        var filled = 0;
        try
        {
            while (true)
            {
                int whole;
                while ((whole = RequestLength(buffer.AsSpan(0, filled))) > filled || whole == 0)
                {
                    if (filled == buffer.Length || whole > buffer.Length)
                    {
                        Array.Resize(ref buffer, Math.Max(whole, buffer.Length * 2));
                    }

                    var read = await socket.ReceiveAsync(buffer.AsMemory(filled));
                    if (read == 0)
                    {
                        return;
                    }

                    filled += read;
                }

                var question = Question.Find(buffer.AsSpan(0, whole));
                // The client sends its next request when it has this answer: nothing of it is here yet.
                filled = 0;
                await AnswerAsync(socket, question);
            }
        }
        catch (SocketException)
        {
            // The hub left: the load says what that means.
        }
    }

    private async Task AnswerAsync(Socket socket, Question? question)
    {
        if (question is null)
        {
            Interlocked.Increment(ref _refused);
            await socket.SendAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            return;
        }

        var answer = BakedAnswer.Of(question.Shape);
        var begun = Clock.Microseconds;
        await socket.SendAsync(answer.First(begun, question.Name));
        for (var i = 1; i < question.Shape.Events; i++)
        {
            var due = begun + (i * question.Shape.GapMs * 1000L);
            if (due - Clock.Microseconds is > 0 and var early)
            {
                // Never early, at most some ms late: what a client is told was due is not there before.
                await Task.Delay((int)((early + 999) / 1000));
            }

            if (question.Shape.GapMs > 0)
            {
                Volatile.Read(ref _lateness).Add(Clock.MillisecondsSince(due));
            }

            await socket.SendAsync(answer.Later(i));
        }

        Interlocked.Increment(ref _answered);
    }

    /// <summary>Of the request that begins here; 0 while its headers are not whole.</summary>
    private static int RequestLength(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return 0;
        }

        foreach (var line in Encoding.ASCII.GetString(bytes[..end]).Split("\r\n"))
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                return end + 4 + int.Parse(line.AsSpan("Content-Length:".Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }

        return end + 4;
    }
}
