using System.Reflection;

namespace BeMore.Operations;

/// <summary>
/// What a socket brings is worked on by the thread that hears of it, instead of by two others that are woken for it: with few people that is
/// most of what a turn costs, and with many chunks are less late (docs/performance.md). Whoever blocks such a thread holds up half of all
/// sockets; so nothing does, and what takes long to read is read elsewhere (<see cref="RawSocket.RawSocketConnection"/>).
/// </summary>
internal static class InlineSockets
{
    /// <summary>The runtime's own switch, which it reads when the first socket is opened. What an operator says of it counts.</summary>
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>For the whole process, before it opens a socket. The embedded database blocks its thread: not with that.</summary>
    public static void Use(DatabaseSettings database)
    {
        // In another program, as a test is, it is not ours to choose.
        var isOurs = Assembly.GetEntryAssembly() == typeof(InlineSockets).Assembly;
        if (isOurs && !database.IsEmbedded && Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, "1");
        }
    }
}
