namespace BeMore.Access;

/// <summary>How many turns a user or a session may have in a minute: on this node (<see cref="TurnRateLimit"/>), or on all (<c>Cluster</c>).</summary>
internal interface ITurnLimit
{
    /// <summary>Counts a turn of a user, where a token names one, else of a session, if there is room for one; a refused one does not count.</summary>
    ValueTask<bool> TryTakeAsync(string sessionId, string? userId);

    /// <summary>The latest turn was refused for another reason: it does not count.</summary>
    void GiveBack(string sessionId, string? userId);
}
