using BeMore.Counselling;

namespace BeMore.Prompts;

/// <summary>How the counsellor meets each emotion; the owner's words (protocol.md, section 3).</summary>
internal static class EmotionGuidance
{
    private const string Neutral = "중립적인 톤으로 대화를 이어가세요. 내담자의 이야기를 경청하고 필요한 지지를 제공하세요.";

    public static string For(Emotion? emotion) => emotion switch
    {
        Emotion.Anxious => "내담자가 불안해하고 있습니다. 안정감을 주는 톤으로 대화하세요. 걱정을 경청하고 구체적인 대처 방법을 제시하세요.",
        Emotion.Sad => "내담자가 우울해하고 있습니다. 공감과 위로를 중심으로 대화하세요. 감정을 수용하고 긍정적인 측면을 찾도록 도와주세요.",
        Emotion.Angry => "내담자가 화가 나 있습니다. 감정을 수용하고 진정시키는 데 집중하세요. 분노의 원인을 탐색하고 건설적인 표현 방법을 제안하세요.",
        Emotion.Happy => "내담자의 긍정적인 상태를 강화하세요. 행복한 순간을 더 깊이 탐색하고 이러한 상태를 유지하는 방법을 함께 생각하세요.",
        Emotion.Fearful => "내담자가 두려움을 느끼고 있습니다. 안전감을 제공하고 두려움의 근원을 함께 탐색하세요. 작은 단계부터 시작하는 대처 방법을 제안하세요.",
        Emotion.Surprised => "내담자가 놀람을 경험했습니다. 그 경험에 대해 자세히 들어보고 적절한 반응을 돕습니다.",
        Emotion.Disgusted => "내담자가 불쾌감을 느끼고 있습니다. 감정을 인정하고 경계 설정의 중요성을 다루세요.",
        _ => Neutral,
    };
}
