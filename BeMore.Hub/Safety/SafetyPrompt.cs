namespace BeMore.Safety;

/// <summary>What the model is told when there are signs of danger, beyond the owner's words (docs/safety.md says why, line by line).</summary>
internal sealed class SafetyPrompt(HelpLines lines)
{
    private const string Common =
        """
        - 판단하거나 설득하려 하지 말고 먼저 충분히 들으세요
        - 당신은 AI이며 직접 찾아가거나 신고할 수 없다는 것을 솔직하게 말하고, 전문가와 함께 곁에 있는 믿을 수 있는 사람에게도 지금 알리도록 도우세요
        - 방법이나 수단을 설명하지 마세요. 진단하지 말고, 가볍게 여기지 말고, 비밀을 지키겠다고 약속하지 말고, 다짐이나 약속을 받아내려 하지 마세요
        - 이 주제를 피하거나 거절하지 말고, 먼저 대화를 끝내지 마세요
        - '자살'이라고 분명하게 말하고, '극단적 선택' 같은 표현은 쓰지 마세요
        """;

    private const string HelpWasGiven =
        """
        - 도움을 받을 수 있는 전화번호는 방금 화면과 음성으로 안내되었습니다. 번호를 다시 나열하지 말고 그 말에 이어서 내담자의 마음에 응답하세요
        """;

    private const string Passive =
        """
        [안전] 내담자가 삶을 놓고 싶은 마음이나 절망을 내비쳤습니다. 다른 지침보다 먼저 따르세요:
        {ask}
        - 자살을 생각한다고 하면 위험한 물건을 다른 사람에게 맡기거나 멀리 두고 혼자 있지 않을 방법을 함께 찾으세요
        - 이야기하고 싶을 때 {suicide}에 {suicide.hours} 연락할 수 있다고 자연스럽게 알려 주세요
        """;

    private const string Active =
        """
        [안전] 내담자가 죽고 싶은 마음이나 자해를 말했습니다. 다른 지침보다 먼저 따르세요:
        {ask}
        - 위험한 물건을 다른 사람에게 맡기거나 멀리 두고 혼자 있지 않을 방법을 함께 찾으세요
        """;

    private const string Imminent =
        """
        [안전] 내담자가 지금 당장 위험할 수 있습니다. 다른 지침보다 먼저 따르세요:
        - 지금 {rescue} 또는 {police}에 전화하거나, 곁에 있는 사람에게 전화를 부탁하도록 가장 먼저 말하세요
        - 위험한 장소나 물건에서 지금 한 걸음 떨어지도록 하고, 혼자 있지 않도록 하세요
        - 짧고 차분하게 말하세요
        {ask}
        """;

    private const string Other =
        """
        [안전] 내담자가 폭력이나 학대를 겪었거나 보았거나, 누군가를 해치고 싶은 마음을 말했습니다. 다른 지침보다 먼저 따르세요:
        - 내담자의 잘못이 아니라고 말하세요
        {ask}
        - 지금 위험하면 {police}, 폭력을 겪는 여성은 {women}에 {women.hours}, 청소년은 {youth}에 {youth.hours} 연락할 수 있다고 자연스럽게 알려 주세요
        - 누군가를 해치고 싶다고 하면 그 사람과 위험한 물건에서 떨어져 마음을 가라앉히도록 돕고, 왜 그런 마음이 드는지 들으세요
        """;

    private const string WasAsked =
        """
        - 위험에 대해서는 앞에서 이미 직접 물어보았습니다. 같은 것을 다시 묻지 말고, 내담자가 하는 말을 들으며 그 마음에 머무르세요. 내담자의 상태가 달라졌을 때에만 다시 확인하세요
        """;

    /// <summary>Null where nothing is to be added.</summary>
    /// <param name="level">The session's, which remembers what was said before.</param>
    /// <param name="wasAsked">The person has been asked about it in this session: who is asked at every turn is interrogated.</param>
    /// <param name="helpWasGiven">The answer has begun already, with the telephone numbers.</param>
    public string? For(RiskLevel level, bool wasAsked, bool helpWasGiven)
    {
        var (first, ask) = level switch
        {
            RiskLevel.None => (null, ""),
            RiskLevel.Other => (Other, "지금 안전한지 한 번만 직접 물어보세요"),
            RiskLevel.Passive => (Passive, "자살을 생각하는지 한 번만, 따뜻하고 분명하게 직접 물어보세요"),
            RiskLevel.Active => (Active, "지금 안전한지, 계획이나 가지고 있는 수단이 있는지 한 번만, 따뜻하고 분명하게 직접 물어보세요"),
            _ => (Imminent, "지금 어디에 있는지와 안전한지를 한 번만 직접 물어보세요"),
        };
        if (first is null)
        {
            return null;
        }

        var guidance = $"{first.Replace("{ask}", wasAsked ? WasAsked : $"- {ask}", StringComparison.Ordinal)}\n{Common}";
        return lines.Fill(helpWasGiven ? $"{guidance}\n{HelpWasGiven}" : guidance);
    }
}
