using System.Net.Sockets;

namespace BeMore.Tests;

/// <summary>A frontend's socket whose connection a test can break, in either of the ways in which connections break.</summary>
internal sealed class CuttableSocket : IAsyncDisposable
{
    private readonly HttpMessageInvoker _opener;
    private Socket? _connection;

    private CuttableSocket() => _opener = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, ConnectCallback = ConnectAsync });

    public RawSocketClient Client { get; private set; } = null!;

    public static async Task<CuttableSocket> ConnectAsync(Uri url)
    {
        var socket = new CuttableSocket();
        socket.Client = await RawSocketClient.ConnectAsync(url, through: socket._opener);
        return socket;
    }

    /// <summary>Reset: what is on its way is lost, in both directions.</summary>
    public async Task ResetAsync()
    {
        _connection!.LingerState = new LingerOption(true, 0);
        _connection.Close();
        await Client.Closed;
    }

    /// <summary>Ended without a close frame.</summary>
    public async Task AbortAsync()
    {
        Client.Abort();
        await Client.Closed;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        _opener.Dispose();
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        _connection = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _connection.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(_connection, ownsSocket: true);
    }
}
