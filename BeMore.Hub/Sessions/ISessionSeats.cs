namespace BeMore.Sessions;

/// <summary>One connection a session, the newest: of those of this node (<see cref="SessionSeats"/>), or of all (<c>Cluster</c>).</summary>
internal interface ISessionSeats
{
    /// <summary>Takes the session's seat, from another connection if one has it. Null: they quarrel, and this one is refused.</summary>
    ValueTask<SessionSeats.Seat?> TryTakeAsync(string sessionId);
}
