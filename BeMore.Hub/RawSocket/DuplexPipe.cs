using System.IO.Pipelines;

namespace BeMore.RawSocket;

/// <summary>Two pipes, seen from the hub's side and from the socket's.</summary>
internal sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input { get; } = input;

    public PipeWriter Output { get; } = output;

    public static (IDuplexPipe Hub, IDuplexPipe Socket) CreatePair()
    {
        var options = new PipeOptions(useSynchronizationContext: false);
        var (toHub, toSocket) = (new Pipe(options), new Pipe(options));
        return (new DuplexPipe(toHub.Reader, toSocket.Writer), new DuplexPipe(toSocket.Reader, toHub.Writer));
    }
}
