namespace BeMore.Tests;

/// <summary>Where a script begins: <c>Gemini.Begins("그러셨").WaitsFor(gate).Says("군요.")</c>.</summary>
public static class Gemini
{
    /// <summary>What is answered where the test does not care.</summary>
    public static readonly GeminiScript Default = Says("그런 일이 있으셨군요. ", "많이 힘드셨겠어요. ", "조금 더 이야기해 주시겠어요?");

    /// <summary>200 and an empty body.</summary>
    public static readonly GeminiScript SaysNothing = GeminiScript.Empty.SendsHeaders();

    /// <summary>One event with empty text and STOP.</summary>
    public static readonly GeminiScript SaysAnEmptyText = Says("");

    /// <summary>Takes the request and never answers.</summary>
    public static readonly GeminiScript Hangs = GeminiScript.Empty.Stalls();

    /// <summary>Answers 200 and never says a word.</summary>
    public static readonly GeminiScript HangsAfterTheHeaders = GeminiScript.Empty.SendsHeaders().Stalls();

    public static GeminiScript Says(params string[] pieces) => GeminiScript.Empty.Says(pieces);

    public static GeminiScript Begins(params string[] pieces) => GeminiScript.Empty.Begins(pieces);

    public static GeminiScript Thinks(string thought) => GeminiScript.Empty.Thinks(thought);

    public static GeminiScript Finishes(string reason, string? text = null) => GeminiScript.Empty.Finishes(reason, text);

    public static GeminiScript Blocks(string reason = "SAFETY") => GeminiScript.Empty.Blocks(reason);

    public static GeminiScript Sends(string data) => GeminiScript.Empty.Sends(data);

    public static GeminiScript WaitsFor(Task gate) => GeminiScript.Empty.WaitsFor(gate);

    public static GeminiScript Delays(TimeSpan time) => GeminiScript.Empty.Delays(time);

    public static GeminiScript Fails(int httpStatus, string body, string contentType = "application/json; charset=UTF-8") =>
        GeminiScript.Empty.Fails(httpStatus, body, contentType);
}
