namespace BeMore.Data;

/// <summary>The words that <c>conversations.outcome</c> holds.</summary>
public static class TurnOutcome
{
    /// <summary>The person's words are kept; the answer is not, or not yet.</summary>
    public const string Asked = "asked";

    public const string Answered = "answered";

    /// <summary>The person cut in: what had been said by then is kept.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>The answer broke off, or never came: what had been said by then is kept.</summary>
    public const string Failed = "failed";
}
