using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace BeMore.Tests;

/// <summary>The frontend's side of the envelope.</summary>
public sealed class RawSocketClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly Channel<Frame> _unread = Channel.CreateUnbounded<Frame>();
    private readonly ConcurrentQueue<Frame> _received = new();
    private readonly SemaphoreSlim _sending = new(1, 1);

    private RawSocketClient(ClientWebSocket socket)
    {
        _socket = socket;
        Closed = Task.Run(ReadToTheEndAsync);
    }

    /// <summary>Completes when the connection is over; the status is null if it broke without a close frame.</summary>
    public Task<(WebSocketCloseStatus? Status, string? Description)> Closed { get; }

    /// <summary>Everything received so far, read by the test or not.</summary>
    public IReadOnlyList<Frame> Received => [.. _received];

    /// <param name="through">What opens the connection, for whoever wants to lay hands on it.</param>
    public static async Task<RawSocketClient> ConnectAsync(Uri url, Action<ClientWebSocketOptions>? options = null, HttpMessageInvoker? through = null)
    {
        var socket = new ClientWebSocket();
        try
        {
            if (through is null)
            {
                // Loopback only, whatever proxy the machine has.
                socket.Options.Proxy = null;
            }

            options?.Invoke(socket.Options);
            using var clock = new CancellationTokenSource(Pulse.Patience);
            await socket.ConnectAsync(url, through, clock.Token);
            return new RawSocketClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task SendAsync(string rawJson) =>
        SendBytesAsync(Encoding.UTF8.GetBytes(rawJson), WebSocketMessageType.Text, endOfMessage: true);

    public Task SendAsync(object envelope) => SendAsync(WireJson.Serialize(envelope));

    /// <summary>Members that are null here are missing in what is sent.</summary>
    public Task RequestAsync(string message, string? emotion = null, long? timestamp = null)
    {
        var data = new Dictionary<string, object> { ["message"] = message };
        if (emotion is not null)
        {
            data["emotion"] = emotion;
        }

        if (timestamp is not null)
        {
            data["timestamp"] = timestamp;
        }

        return SendAsync(new { type = "request_ai_response", data });
    }

    public Task CancelAsync() => SendAsync("""{"type":"cancel_ai_response"}""");

    public Task PingAsync() => SendAsync("""{"type":"ping"}""");

    public async Task SendBytesAsync(byte[] bytes, WebSocketMessageType type, bool endOfMessage)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(bytes, type, endOfMessage, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <exception cref="TimeoutException">Nothing came in time; names what had come.</exception>
    public async Task<Frame> NextAsync(TimeSpan? timeout = null)
    {
        using var clock = new CancellationTokenSource(timeout ?? Pulse.Patience);
        try
        {
            return await _unread.Reader.ReadAsync(clock.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No frame in {(timeout ?? Pulse.Patience).TotalSeconds:0.#} s. {SoFar()}");
        }
        catch (ChannelClosedException)
        {
            var (status, description) = await Closed;
            throw new InvalidOperationException($"The socket is closed ({status?.ToString() ?? "without a close frame"}: {description}). {SoFar()}");
        }
    }

    /// <summary>Frames up to and including the one that ends a turn: complete, error, or a refusal.</summary>
    public async Task<IReadOnlyList<Frame>> ReadTurnAsync(TimeSpan? timeoutOfEach = null)
    {
        var frames = new List<Frame>();
        do
        {
            frames.Add(await NextAsync(timeoutOfEach));
        }
        while (!frames[^1].EndsATurn);
        return frames;
    }

    /// <summary>Frames up to and including the first that the test is looking for.</summary>
    public async Task<IReadOnlyList<Frame>> ReadUntilAsync(Func<Frame, bool> last, TimeSpan? timeoutOfEach = null)
    {
        var frames = new List<Frame>();
        do
        {
            frames.Add(await NextAsync(timeoutOfEach));
        }
        while (!last(frames[^1]));
        return frames;
    }

    /// <summary>Closes as a browser does and waits for the server's part of it.</summary>
    public async Task CloseAsync()
    {
        await SendCloseAsync();
        await Closed.WaitAsync(Pulse.Patience);
    }

    /// <summary>The network is gone: no close frame.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        // Nothing to be polite about at the end of a test; this also ends the read loop.
        _socket.Abort();
        await Closed;
        _socket.Dispose();
        _sending.Dispose();
    }

    /// <summary>Never cancelled: cancelling ReceiveAsync aborts the socket.</summary>
    private async Task<(WebSocketCloseStatus? Status, string? Description)> ReadToTheEndAsync()
    {
        var buffer = new byte[16 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    // Known before the answer goes out: a failure of the answer does not change it.
                    await SendCloseAsync();
                    return (_socket.CloseStatus, _socket.CloseStatusDescription);
                }

                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    Keep(Frame.Parse(Encoding.UTF8.GetString(message.ToArray())));
                    message.SetLength(0);
                }
            }
        }
        catch (WebSocketException)
        {
            return (_socket.CloseStatus, _socket.CloseStatusDescription);
        }
        catch (Exception aborted) when (aborted is OperationCanceledException or ObjectDisposedException)
        {
            return (null, null);
        }
        finally
        {
            _unread.Writer.Complete();
        }
    }

    private void Keep(Frame frame)
    {
        _received.Enqueue(frame);
        _unread.Writer.TryWrite(frame);
    }

    private async Task SendCloseAsync()
    {
        await _sending.WaitAsync();
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The peer was faster, or the test aborted: the connection is over, which is what was wanted.
        }
        finally
        {
            _sending.Release();
        }
    }

    private string SoFar() =>
        _received.IsEmpty ? "Nothing was received before." : $"Received before: {string.Join(" ", _received.Select(frame => frame.Raw))}";
}
