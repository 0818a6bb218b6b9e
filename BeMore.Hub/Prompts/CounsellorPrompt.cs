using BeMore.Counselling;
using BeMore.Data;
using Microsoft.Extensions.AI;

namespace BeMore.Prompts;

/// <summary>What the model is told: who it is, how the person feels, what was said before, what was said now.</summary>
internal static class CounsellorPrompt
{
    /// <summary>The owner's words; nothing of them is dropped (protocol.md, section 3).</summary>
    public const string Base =
        """
        당신은 전문 심리 상담사입니다.
        공감적이고 따뜻한 태도로 내담자의 이야기를 경청하고, 인지행동치료(CBT) 기법을 활용하여 도움을 제공하세요.

        응답 가이드라인:
        - 한 번에 2-3문장으로 간결하게 응답하세요
        - 내담자의 감정을 먼저 인정하고 수용하세요
        - 구체적이고 실천 가능한 질문이나 제안을 하세요
        - 전문적이면서도 따뜻한 톤을 유지하세요
        - 판단하지 말고 경청하세요
        """;

    /// <summary>What the owner's words leave open: always Korean, honest about being a machine, and spoken aloud by a browser.</summary>
    public const string Additions =
        """
        - 내담자가 어떤 언어로 말하더라도 항상 한국어로 응답하세요
        - 당신이 사람인지 묻거나 그것이 중요한 상황이라면 AI 상담사임을 솔직하게 밝히세요
        - 응답은 음성으로 읽히므로 마크다운, 목록, 이모지를 쓰지 말고 자연스러운 말로만 이야기하세요
        """;

    /// <summary>Added where the person cut in on the answer before: its end was not heard.</summary>
    public const string AfterInterruption =
        """
        - 직전 응답은 내담자가 말을 시작하여 도중에 끊겼고, 끊긴 뒤의 말은 내담자가 듣지 못했습니다. 끊긴 말을 되풀이하지 말고 내담자가 지금 한 말에 먼저 응답하세요
        """;

    // Built once: eight emotions and none.
    private static readonly string[] ByEmotion =
        [.. Enum.GetValues<Emotion>().Select(e => Write(e)), Write(null)];

    public static string SystemInstruction(Emotion? emotion) => ByEmotion[emotion is { } e ? (int)e : ^1];

    /// <summary>The talk, made anew whenever it is read: once asked, it need not stay in memory for as long as the answer is given.</summary>
    public static IEnumerable<ChatMessage> Compose(Emotion? emotion, IReadOnlyList<PastTurn> history, string message, string? safety = null)
    {
        yield return new ChatMessage(ChatRole.System, WriteSystem(emotion, history, safety));
        foreach (var turn in history)
        {
            yield return new ChatMessage(ChatRole.User, turn.UserMessage);
            yield return new ChatMessage(ChatRole.Assistant, turn.AiResponse);
        }

        yield return new ChatMessage(ChatRole.User, message);
    }

    private static string WriteSystem(Emotion? emotion, IReadOnlyList<PastTurn> history, string? safety)
    {
        var system = SystemInstruction(emotion);
        if (history is [.., { WasInterrupted: true }])
        {
            system = $"{system}\n\n{AfterInterruption}";
        }

        return safety is null ? system : $"{system}\n\n{safety}";
    }

    private static string Write(Emotion? emotion) =>
        $"{Base}\n{Additions}\n\n현재 감정 상태: {EmotionGuidance.For(emotion)}";
}
