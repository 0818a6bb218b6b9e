namespace BeMore.Sessions;

/// <summary>What may be done to a session from outside its talk.</summary>
internal enum SessionChange
{
    Paused,
    Resumed,
    Ended,
    Erased,
}

/// <summary>Tells the other nodes what was done to a session here. Nobody waits for them.</summary>
internal interface ISessionNews
{
    void Tell(string sessionId, SessionChange change);
}

/// <summary>There are no other nodes.</summary>
internal sealed class NobodyElse : ISessionNews
{
    public void Tell(string sessionId, SessionChange change)
    {
    }
}
