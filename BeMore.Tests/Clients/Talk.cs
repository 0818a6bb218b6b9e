namespace BeMore.Tests;

/// <summary>Turns that can be told apart: to each message belongs one answer.</summary>
internal static class Talk
{
    public static string AnswerTo(string message) => $"\"{message}\"라고 하셨군요. 그 마음이 어떤 것인지 조금 더 들려주시겠어요? 👋";

    /// <summary>For <see cref="FakeGemini.Always(Func{GeminiRequest, GeminiScript})"/>.</summary>
    public static GeminiScript Answer(GeminiRequest request) => Gemini.Says(Pieces(request.LastUserText));

    public static string[] Pieces(string message)
    {
        var answer = AnswerTo(message);
        var half = answer.IndexOf(' ', StringComparison.Ordinal) + 1;
        return [answer[..half], answer[half..]];
    }

    /// <summary>Asks and reads to the end.</summary>
    public static async Task<IReadOnlyList<Frame>> TurnAsync(this RawSocketClient client, string message)
    {
        await client.RequestAsync(message);
        return await client.ReadTurnAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>The same, of a turn that must succeed; gives the answer.</summary>
    public static async Task<string> AnswerAsync(this RawSocketClient client, string message)
    {
        var frames = await client.TurnAsync(message);
        frames[^1].Type.Should().Be(Frame.Complete, "{0} is answered, not {1}", message, frames[^1].Raw);
        frames.Text().Should().Be(AnswerTo(message));
        return frames.Text();
    }
}
