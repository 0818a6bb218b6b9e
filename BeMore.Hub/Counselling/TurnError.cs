namespace BeMore.Counselling;

/// <summary>
/// Why a turn has no answer, in the words that the person is shown (protocol.md, section 1.1) and in a word for programs.
/// There are no others: details stay in the log.
/// </summary>
internal sealed record TurnError(string Code, string Sentence)
{
    public static readonly TurnError EmptyMessage = new("EMPTY_MESSAGE", "메시지가 비어있습니다");
    public static readonly TurnError MessageTooLong = new("MESSAGE_TOO_LONG", "메시지가 너무 깁니다 (최대 2000자)");
    public static readonly TurnError RateLimited = new("RATE_LIMITED", "요청이 너무 많습니다. 잠시 후 다시 시도해주세요");
    public static readonly TurnError SessionExpired = new("SESSION_EXPIRED", "세션이 만료되었습니다");
    public static readonly TurnError SessionPaused = new("SESSION_PAUSED", "세션이 일시정지되었습니다");

    /// <summary>Two connections take the session from each other without end: this one is not let in.</summary>
    public static readonly TurnError SessionInUse = new("SESSION_IN_USE", "다른 창에서 상담이 진행 중입니다");

    public static readonly TurnError AiUnavailable = new("AI_UNAVAILABLE", "AI 서비스가 일시적으로 사용할 수 없습니다");
    public static readonly TurnError Internal = new("INTERNAL", "AI 응답 생성 중 오류가 발생했습니다");

    public static readonly IReadOnlyList<TurnError> All =
        [EmptyMessage, MessageTooLong, RateLimited, SessionExpired, SessionPaused, SessionInUse, AiUnavailable, Internal];

    /// <summary>That of a code; <see cref="Internal"/> for one that is none.</summary>
    public static TurnError Of(string code) => All.FirstOrDefault(e => e.Code == code) ?? Internal;
}
