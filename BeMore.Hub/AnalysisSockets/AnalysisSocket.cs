using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using BeMore.Counselling;

namespace BeMore.AnalysisSockets;

/// <summary>
/// A socket of face or voice analysis, which nobody does here: it answers pings, because the frontend reconnects where nothing has come
/// back for 45 s, and drops the rest. It does nothing else, and so it is no SignalR connection.
/// </summary>
internal sealed class AnalysisSocket(string sessionId, WebSocket socket, TimeProvider time, ILogger logger)
{
    /// <summary>A longer message closes the socket with 1009. A face of 478 points is about 40 KiB.</summary>
    public const int MaxMessageBytes = 256 * 1024;

    /// <summary>A longer message is no ping, whatever it says: it is read past and not kept.</summary>
    public const int MaxPingBytes = 4 * 1024;

    /// <summary>A client that has not taken a pong after this long does not read, and is cut off.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(15);

    /// <summary>How long the other side may take to answer a close.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);

    private readonly FloodLimit _flood = new(time);

    // What the socket is closed with: the first who says it is right.
    private readonly TaskCompletionSource<WebSocketCloseStatus> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Close(WebSocketCloseStatus status) => _closing.TrySetResult(status);

    /// <summary>Serves the socket until either side has closed it.</summary>
    public async Task RunAsync()
    {
        var receiving = ReceiveAsync();
        var status = await _closing.Task;
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(status, null, CancellationToken.None).WaitAsync(CloseTimeout, time);
            }

            await receiving.WaitAsync(CloseTimeout, time);
        }
        catch (Exception e) when (IsEndOfConnection(e) || e is TimeoutException)
        {
            socket.Abort();
            await receiving;
        }
    }

    /// <summary>Reads until the other side is gone: its answer to a close may stand behind much that nobody wants any more.</summary>
    private async Task ReceiveAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxPingBytes);
        try
        {
            // Of the message so far. All is in this one method, because a method that waits for each message costs memory for each.
            var length = 0;
            while (true)
            {
                // What is too long for a ping overwrites itself.
                var room = length < MaxPingBytes ? buffer.AsMemory(length, MaxPingBytes - length) : buffer.AsMemory(0, MaxPingBytes);
                var part = await socket.ReceiveAsync(room, CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                if (_closing.Task.IsCompleted)
                {
                    continue;
                }

                length += part.Count;
                if (!_flood.Take(part))
                {
                    logger.AnalysisFlooded(sessionId);
                    Close(WebSocketCloseStatus.PolicyViolation);
                }
                else if (length > MaxMessageBytes)
                {
                    Close(WebSocketCloseStatus.MessageTooBig);
                }
                else if (part.EndOfMessage)
                {
                    if (part.MessageType == WebSocketMessageType.Text && length <= MaxPingBytes && Ping.Is(buffer.AsSpan(0, length)))
                    {
                        await AnswerAsync();
                    }

                    length = 0;
                }
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // It broke, the keep-alive found it dead, or it said what is not UTF-8 (the framework closes that with 1007).
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Close(WebSocketCloseStatus.NormalClosure);
        }
    }

    private async Task AnswerAsync()
    {
        var pong = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(pong))
        {
            new Pong(time.GetUtcNow().ToUnixTimeMilliseconds(), sessionId).WriteTo(json);
        }

        try
        {
            var send = socket.SendAsync(pong.WrittenMemory, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            if (!send.IsCompletedSuccessfully)
            {
                await send.AsTask().WaitAsync(SendTimeout, time);
            }
        }
        catch (TimeoutException)
        {
            socket.Abort();
        }
        catch (WebSocketException) when (_closing.Task.IsCompleted)
        {
            // The close was faster; the other side's answer to it is still to be read.
        }
    }

    private static bool IsEndOfConnection(Exception e) =>
        e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
