using System.Net.WebSockets;

namespace BeMore.AnalysisSockets;

/// <summary>
/// How much one socket may send: 1000 messages and 8 MiB a second, averaged over 10 s. A camera's 30 frames of 40 KiB are 1.2 MiB, and
/// raw audio in the smallest pieces that a browser makes of it is 375 messages: who is over the limit sends something else.
/// </summary>
internal sealed class FloodLimit(TimeProvider time)
{
    public const int MaxMessages = 10_000;

    public const int MaxBytes = 80 * 1024 * 1024;

    /// <summary>What receiving costs, however little is received: a message in very many, or empty, fragments is a flood too.</summary>
    private const int BytesOfEachPart = 512;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private long _since = time.GetTimestamp();
    private int _messages;
    private int _bytes;

    /// <summary>False if this part of a message is one too many. Not to be asked again then.</summary>
    public bool Take(ValueWebSocketReceiveResult part)
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_since, now) >= Window)
        {
            (_since, _messages, _bytes) = (now, 0, 0);
        }

        _messages += part.EndOfMessage ? 1 : 0;
        _bytes += part.Count + BytesOfEachPart;
        return _messages <= MaxMessages && _bytes <= MaxBytes;
    }
}
