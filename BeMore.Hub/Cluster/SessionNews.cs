using BeMore.Sessions;

namespace BeMore.Cluster;

/// <summary>All other nodes: each holds it for the session's turns that it has.</summary>
internal sealed class SessionNews(NodeBus bus) : ISessionNews
{
    public void Tell(string sessionId, SessionChange change) => bus.TellAll(new NodeMessage.Changed(sessionId, change));
}
