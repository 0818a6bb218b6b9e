using System.IO.Pipelines;

namespace BeMore.RawSocket;

/// <summary>Two pipes, seen from the hub's side and from the socket's.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;

    public static (IDuplexPipe Hub, IDuplexPipe Socket) CreatePair()
    {
        // Inline: whoever writes goes on into the reader. A thread switch for every chunk costs more than the chunk does,
        // and neither side blocks: a socket that takes no more is waited for asynchronously.
        var options = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
        var (toHub, toSocket) = (new Pipe(options), new Pipe(options));
        return (new DuplexPipe(toHub.Reader, toSocket.Writer), new DuplexPipe(toSocket.Reader, toHub.Writer));
    }
}
