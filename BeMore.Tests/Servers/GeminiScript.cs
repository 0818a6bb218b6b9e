using System.Collections.Immutable;

namespace BeMore.Tests;

/// <summary>
/// What the fake does with one request, step by step. Immutable: each method returns a longer script, and one script may serve many requests.
/// Begin with <see cref="Gemini"/>.
/// </summary>
public sealed record GeminiScript
{
    public static readonly GeminiScript Empty = new();

    internal ImmutableList<Func<GeminiReply, Task>> Steps { get; private init; } = [];

    internal GeminiFraming Framing { get; private init; } = new();

    /// <summary>Whatever the other methods lack.</summary>
    public GeminiScript Then(Func<GeminiReply, Task> step) => this with { Steps = Steps.Add(step) };

    /// <summary>What another script does, after this one's steps and framed as this one.</summary>
    public GeminiScript Then(GeminiScript next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return this with { Steps = Steps.AddRange(next.Steps) };
    }

    /// <summary>One event a piece; the answer goes on.</summary>
    public GeminiScript Begins(params string[] pieces) =>
        pieces.Aggregate(this, (script, piece) => script.Event(usage => GeminiEvent.Text(piece, usage)));

    /// <summary>One event a piece, the last one with STOP.</summary>
    public GeminiScript Says(params string[] pieces) => Begins(pieces[..^1]).Finishes("STOP", pieces[^1]);

    /// <summary>A part with <c>"thought":true</c>: not for the client's ears.</summary>
    public GeminiScript Thinks(string thought) => Event(usage => GeminiEvent.Thought(thought, usage));

    /// <summary>An event with any finish reason, known to the client or not; without text it has no content at all.</summary>
    public GeminiScript Finishes(string reason, string? text = null) => Event(usage => GeminiEvent.Finish(reason, text, usage));

    /// <summary>No candidates, but promptFeedback.</summary>
    public GeminiScript Blocks(string reason = "SAFETY") => Event(usage => GeminiEvent.Blocked(reason, usage));

    /// <summary>An error after the 200, as an event.</summary>
    public GeminiScript FailsInBand(int code = 503, string status = "UNAVAILABLE", string message = "The model is overloaded. Please try again later.") =>
        Event(_ => GeminiFaults.Body(code, status, message));

    /// <summary>One event with this data, JSON or not.</summary>
    public GeminiScript Sends(string data) => Event(_ => data);

    /// <summary>Bytes as they are, outside any event.</summary>
    public GeminiScript SendsRaw(params byte[] bytes) => Then(reply => reply.WriteAsync(bytes));

    /// <summary>An HTTP error in place of a stream.</summary>
    public GeminiScript Fails(int httpStatus, string body, string contentType = "application/json; charset=UTF-8") =>
        Then(reply => reply.FailAsync(httpStatus, body, contentType));

    /// <summary>200 and the headers, nothing yet of the body.</summary>
    public GeminiScript SendsHeaders() => Then(reply => reply.StartAsync());

    /// <summary>Says nothing more until the test lets it go on or the client leaves.</summary>
    public GeminiScript WaitsFor(Task gate) => Then(reply => gate.WaitAsync(reply.ClientLeft));

    public GeminiScript Delays(TimeSpan time) => Then(reply => Task.Delay(time, reply.ClientLeft));

    /// <summary>Says nothing more and keeps the connection, until the client leaves. As the first step: not even headers.</summary>
    public GeminiScript Stalls() => Then(reply => Task.Delay(Timeout.Infinite, reply.ClientLeft));

    /// <summary>Ends the connection with FIN in the middle of the body: no last chunk.</summary>
    public GeminiScript Cuts() => Then(reply => reply.CutAsync());

    /// <summary>Ends the connection with RST.</summary>
    public GeminiScript Resets() => Then(reply => reply.ResetAsync());

    /// <summary>Every byte leaves on its own: UTF-8 sequences, line ends and JSON are all split.</summary>
    public GeminiScript ByteByByte() => this with { Framing = Framing with { ByteByByte = true } };

    /// <summary>Google's is CRLF.</summary>
    public GeminiScript WithLineEnd(string lineEnd) => this with { Framing = Framing with { LineEnd = lineEnd } };

    /// <summary>A comment line before each event, as proxies send to keep a connection alive.</summary>
    public GeminiScript WithKeepAlives() => this with { Framing = Framing with { KeepAlives = true } };

    private GeminiScript Event(Func<int, string> json) => Then(reply => reply.SendAsync(json));
}

/// <summary>How a script's events are put on the wire.</summary>
public sealed record GeminiFraming(string LineEnd = "\r\n", bool ByteByByte = false, bool KeepAlives = false);
