using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Claims;
using BeMore.Counselling;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace BeMore.RawSocket;

/// <summary>
/// A WebSocket seen as a SignalR connection: one record in the pipes for one text frame on the wire. SignalR's handshake is spoken
/// here on the client's behalf, so hub filters, lifetime, groups and the backplane serve this door like the other.
/// </summary>
#pragma warning disable CA1001 // The connection is not disposed: SignalR aborts it on a thread of the pool, late, and a disposed one would throw there and end the process. It holds nothing but memory.
internal sealed class RawSocketConnection : IRawSocketFeature, IConnectionInherentKeepAliveFeature
#pragma warning restore CA1001
{
    /// <summary>A longer frame closes the socket with 1009 (protocol.md, section 1.2).</summary>
    public const int MaxFrameBytes = 64 * 1024;

    /// <summary>
    /// Bytes. A longer frame is read by another thread than the one that heard of it, for which many sockets wait: how dangerous a message
    /// is takes a microsecond a byte to say.
    /// </summary>
    private const int LongestInline = 1024;

    /// <summary>A client that has not taken a frame after this long does not read: it is cut off, so that it holds up nothing.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The same while the process ends, which nobody who does not read is to hold up.</summary>
    private static readonly TimeSpan LastSendTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// What was sent so shortly before the connection broke may be what was not read, or was on its way when it broke: the answer's end,
    /// if it is among it, is told again.
    /// </summary>
    private static readonly TimeSpan BreakDoubt = TimeSpan.FromSeconds(5);

    /// <summary>How long the other side may take to answer a close.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(3);

    // No valid JSON holds them raw. To the protocol they end a record and ask for a resume: a client must not say them.
    private static readonly SearchValues<byte> Reserved = SearchValues.Create(EnvelopeProtocol.RecordSeparator, EnvelopeProtocol.Resume);

    private readonly WebSocket _socket;
    private readonly Socket? _underlying;
    private readonly bool _isProxied;
    private readonly TimeProvider _time;
    private readonly DefaultConnectionContext _connection;
    private readonly PipeWriter _toHub;
    private readonly PipeReader _fromHub;
    private readonly FramePace _pace;
    private readonly CancellationTokenSource _hurry = new();
    private WebSocketCloseStatus? _closeStatus;
    private readonly Lock _losing = new();
    private volatile bool _isLost;
    private volatile bool _isSuperseded;
    private long _heard;

    /// <param name="sessionId">Of the socket's address.</param>
    /// <param name="user">Whom a token names; null for nobody.</param>
    /// <param name="socket">Open.</param>
    /// <param name="underlying">What it goes over, where that is known.</param>
    /// <param name="isProxied">Something stands before the client, which takes what is sent and may not be able to pass it on.</param>
    /// <param name="time">The clock.</param>
    public RawSocketConnection(string sessionId, ClaimsPrincipal? user, WebSocket socket, Socket? underlying, bool isProxied, TimeProvider time)
    {
        SessionId = sessionId;
        _isProxied = isProxied;
        (_socket, _underlying, _time, _pace, _heard) = (socket, underlying, time, new FramePace(time), time.GetTimestamp());
        var (hub, ours) = DuplexPipe.CreatePair();
        (_toHub, _fromHub) = (ours.Output, ours.Input);
        _connection = new DefaultConnectionContext(Guid.NewGuid().ToString("N"), hub, ours) { User = user };
        _connection.Features.Set<IRawSocketFeature>(this);
        _connection.Features.Set<IConnectionInherentKeepAliveFeature>(this);
    }

    public string SessionId { get; }

    public ActivityContext Request { get; init; }

    public bool IsLost => _isLost;

    public bool IsSuperseded => _isSuperseded;

    public Action<long>? Broke { get; set; }

    /// <summary>SignalR's own pings mean nothing to the frontend: the WebSocket's take their place.</summary>
    public bool HasInherentKeepAlive => true;

    public void Close(WebSocketCloseStatus status)
    {
        _closeStatus ??= status;
        // The hub leaves; RunAsync sends what it has written, then the close.
        _connection.Abort();
    }

    /// <summary>
    /// A newer connection has the session. Its client may have lost this one without our knowing yet: what was told since it last spoke
    /// may have reached nobody, and is the newer one's.
    /// </summary>
    public void Supersede()
    {
        _isSuperseded = true;
        Lose(() => _heard);
        Close((WebSocketCloseStatus)Superseded.CloseCode);
    }

    /// <summary>The process ends: from now on a client has less time to take a frame, the one that it is at included.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Serves the socket until either side has closed it.</summary>
    /// <param name="hub">SignalR's handler.</param>
    /// <param name="resume">A lost socket left something unfinished: it comes first.</param>
    public async Task RunAsync(ConnectionHandler hub, bool resume)
    {
        HandshakeProtocol.WriteRequestMessage(new HandshakeRequestMessage(EnvelopeProtocol.ProtocolName, 1), _toHub);
        if (resume)
        {
            _toHub.Write([EnvelopeProtocol.Resume, EnvelopeProtocol.RecordSeparator]);
        }

        await _toHub.FlushAsync();
        var receiving = ReceiveAsync();
        var sending = SendAsync();
        try
        {
            await hub.OnConnectedAsync(_connection);
        }
        finally
        {
            await _connection.Transport.Output.CompleteAsync();
            await _connection.Transport.Input.CompleteAsync();
            await sending;
            await CloseSocketAsync(receiving);
        }
    }

    /// <summary>Frames into records, until the other side is gone.</summary>
    private async Task ReceiveAsync()
    {
        try
        {
            while (await ReceiveFrameAsync())
            {
                _heard = _time.GetTimestamp();
                await PaceAsync();
            }

            Lose(inDoubtSince: null);
            await _toHub.CompleteAsync();
            // The hub leaves, and a close goes out; the other side's answer may stand behind frames that nobody wants any more.
            var dropped = new byte[4096];
            while (_socket.State is WebSocketState.Open or WebSocketState.CloseSent)
            {
                await _socket.ReceiveAsync(dropped.AsMemory(), CancellationToken.None);
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // It broke, the keep-alive found it dead, or it said what is not UTF-8 (the framework closes that with 1007).
            Lose(() => InDoubtSince(e));
        }
        finally
        {
            await _toHub.CompleteAsync();
        }
    }

    /// <summary>For whoever finds it first. When this returns, what is in doubt is there for a newer connection.</summary>
    private void Lose(Func<long>? inDoubtSince)
    {
        lock (_losing)
        {
            if (!_isLost)
            {
                _isLost = true;
                Broke?.Invoke(inDoubtSince?.Invoke() ?? _time.GetTimestamp());
            }
        }
    }

    private long InDoubtSince(Exception e)
    {
        var now = _time.GetTimestamp();
        var latest = now - (long)(BreakDoubt.TotalSeconds * _time.TimestampFrequency);
        return e switch
        {
            // Its machine ended the connection in order, or a proxy did, whose client may have gone otherwise; or it spoke, but no UTF-8.
            WebSocketException { InnerException: null } => _isProxied || Confirmation.HadEverything(_underlying) == false ? latest : now,
            // A machine resets a connection that is closed before all was read.
            _ when e.GetBaseException() is SocketException => latest,
            // It fell silent: when it was last there is when it last spoke.
            _ => _heard,
        };
    }

    /// <summary>One frame into one record. False if it is the last that the hub gets.</summary>
    private async ValueTask<bool> ReceiveFrameAsync()
    {
        var length = 0;
        // Until the next frame begins: a socket on which nobody speaks holds no buffer.
        var memory = Memory<byte>.Empty;
        while (true)
        {
            var received = await _socket.ReceiveAsync(memory, CancellationToken.None);
            length += received.Count;
            if (received.MessageType == WebSocketMessageType.Close)
            {
                return false;
            }

            if (received.MessageType == WebSocketMessageType.Binary || length > MaxFrameBytes)
            {
                _closeStatus ??= length > MaxFrameBytes ? WebSocketCloseStatus.MessageTooBig : WebSocketCloseStatus.InvalidMessageType;
                return false;
            }

            ReplaceReserved(memory.Span[..received.Count]);
            if (!memory.IsEmpty)
            {
                _toHub.Advance(received.Count);
            }

            if (received.EndOfMessage)
            {
                if (length > LongestInline)
                {
                    await Task.Yield();
                }

                _toHub.Write([EnvelopeProtocol.RecordSeparator]);
                return !(await _toHub.FlushAsync()).IsCompleted;
            }

            if (received.Count < memory.Length)
            {
                // A part that has little in it, or nothing: a frame without end of such must not be free.
                await PaceAsync();
            }

            memory = _toHub.GetMemory(4096);
        }
    }

    private ValueTask PaceAsync() => _pace.Take() is { Ticks: > 0 } wait ? new ValueTask(Task.Delay(wait, _time)) : default;

    /// <summary>Makes a frame that holds them the unreadable message that it is.</summary>
    private static void ReplaceReserved(Span<byte> frame)
    {
        for (var at = frame.IndexOfAny(Reserved); at >= 0; at = frame.IndexOfAny(Reserved))
        {
            frame[at] = 0;
            frame = frame[(at + 1)..];
        }
    }

    /// <summary>Records into frames, until the hub has left and all is said, or the other side takes no more.</summary>
    private async Task SendAsync()
    {
        var spoken = false;
        try
        {
            while (true)
            {
                var result = await _fromHub.ReadAsync();
                var buffer = result.Buffer;
                while (buffer.PositionOf(EnvelopeProtocol.RecordSeparator) is { } end)
                {
                    // The first record answers the handshake, which the client knows nothing of.
                    if (spoken)
                    {
                        await SendFrameAsync(buffer.Slice(0, end));
                    }

                    spoken = true;
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                _fromHub.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception e) when (IsEndOfConnection(e) || e is TimeoutException)
        {
            _socket.Abort();
        }
        finally
        {
            // What the hub still writes is dropped, and does not wait.
            await _fromHub.CompleteAsync();
        }
    }

    private async ValueTask SendFrameAsync(ReadOnlySequence<byte> record)
    {
        var rented = record.IsSingleSegment ? null : ArrayPool<byte>.Shared.Rent((int)record.Length);
        try
        {
            var frame = record.First;
            if (rented is not null)
            {
                record.CopyTo(rented);
                frame = rented.AsMemory(0, (int)record.Length);
            }

            var send = _socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            if (!send.IsCompletedSuccessfully)
            {
                await SentAsync(send.AsTask());
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private async Task SentAsync(Task send)
    {
        try
        {
            await send.WaitAsync(SendTimeout, _time, _hurry.Token);
        }
        catch (OperationCanceledException) when (_hurry.IsCancellationRequested)
        {
            await send.WaitAsync(LastSendTimeout, _time);
        }
    }

    private async Task CloseSocketAsync(Task receiving)
    {
        try
        {
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(_closeStatus ?? WebSocketCloseStatus.NormalClosure, null, CancellationToken.None)
                    .WaitAsync(CloseTimeout, _time);
            }

            await receiving.WaitAsync(CloseTimeout, _time);
        }
        catch (Exception e) when (IsEndOfConnection(e) || e is TimeoutException)
        {
            _socket.Abort();
            await receiving;
        }
    }

    private static bool IsEndOfConnection(Exception e) =>
        e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;
}
