namespace BeMore.Sessions;

/// <summary>Tells the other nodes what was done to a session here. Nobody waits for them.</summary>
internal interface ISessionNews
{
    void Tell(string sessionId, SessionChange change);
}

/// <summary>Where there are no other nodes.</summary>
internal sealed class NoSessionNews : ISessionNews
{
    public void Tell(string sessionId, SessionChange change)
    {
    }
}
