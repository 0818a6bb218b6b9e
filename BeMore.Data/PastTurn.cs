namespace BeMore.Data;

/// <summary>One turn of a session's history, as the next prompt needs it.</summary>
/// <param name="UserMessage">What the person said.</param>
/// <param name="AiResponse">What the counsellor answered.</param>
/// <param name="WasInterrupted">The person cut in: the answer ends where it was.</param>
public sealed record PastTurn(string UserMessage, string AiResponse, bool WasInterrupted = false)
{
    /// <summary>When it was kept, by the clock of whoever kept it; the beginning of time where the table does not say.</summary>
    public DateTimeOffset KeptAt { get; init; }

    /// <summary>The same words, whenever they were kept: the database and this process have not the same clock.</summary>
    public bool Equals(PastTurn? other) =>
        other is not null && (UserMessage, AiResponse, WasInterrupted) == (other.UserMessage, other.AiResponse, other.WasInterrupted);

    public override int GetHashCode() => HashCode.Combine(UserMessage, AiResponse, WasInterrupted);
}
