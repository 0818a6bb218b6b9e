using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Load;

/// <summary>One person's connection: asks, hears the answer to its end, and pings as the frontend does.</summary>
internal sealed class Talker : IAsyncDisposable
{
    /// <summary>A turn that has not ended by then is missing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly byte[] PingFrame = Encoding.UTF8.GetBytes("""{"type":"ping"}""");

    /// <summary>Connects without a pool: each socket is a connection of its own, and no client of .NET's keeps anything of it.</summary>
    private static readonly HttpMessageInvoker Connector = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(30) });

    private readonly SemaphoreSlim _sending = new(1);
    private readonly string _session;
    private Task _listening = Task.CompletedTask;
    private int _turns;
    private long _pingedAt;

    private LoadFigures _figures;
    private ClientWebSocket _socket = null!;

    // Of the turn that runs.
    private AnswerCheck? _answer;
    private TaskCompletionSource<string?>? _ended;
    private long _askedAt;
    private bool _begun;
    private bool _heard;

    private Talker(string session, LoadFigures figures) => (_session, _figures) = (session, figures);

    /// <summary>Tries again as the frontend does, 1, 2, 4, 8 and 16 s later; that is counted.</summary>
    /// <exception cref="BenchException">The hub does not let it in.</exception>
    public static async Task<Talker> ConnectAsync(HubProcess hub, string session, LoadFigures figures)
    {
        var talker = new Talker(session, figures);
        for (var wait = 1; !await talker.TryConnectAsync(hub, last: wait > 16); wait *= 2)
        {
            figures.CountTriedAgain();
            await Task.Delay(TimeSpan.FromSeconds(wait));
        }

        talker._listening = talker.ListenAsync();
        return talker;
    }

    /// <summary>One turn; what went wrong is counted, never thrown.</summary>
    /// <param name="expected">What the answer is to be.</param>
    /// <param name="dueAt">When it was to be asked, in µs, where that may have been earlier; the times count from then.</param>
    public async Task AskAsync(ExpectedAnswer expected, long? dueAt = null)
    {
        var question = $"{_session}-{++_turns}";
        var ended = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_answer, _begun, _heard) = (new AnswerCheck(expected, question), false, false);
        _askedAt = dueAt ?? Clock.Microseconds;
        Volatile.Write(ref _ended, ended);
        _figures.CountAsked();
        try
        {
            await SendAsync(Encoding.UTF8.GetBytes(
                $$$"""{"type":"request_ai_response","data":{"message":"요즘 일이 많아서 잠을 늦게 자요. 어떻게 쉬면 좋을까요? {{{expected.Shape.Mark(question)}}}","emotion":"anxious","timestamp":{{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}}}}"""));
            var problem = await ended.Task.WaitAsync(Patience);
            if (problem is not null)
            {
                _figures.CountError(problem);
                return;
            }

            _figures.CountAnswered();
        }
        catch (TimeoutException)
        {
            _figures.CountError($"no end of the answer within {Patience.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            _figures.CountError("the socket is closed");
        }
    }

    /// <summary>From now on. What a turn counts that runs is divided: chunks and times go there, as does its end.</summary>
    public void CountInto(LoadFigures figures) => Volatile.Write(ref _figures, figures);

    public async Task PingAsync()
    {
        try
        {
            _pingedAt = Clock.Microseconds;
            await SendAsync(PingFrame);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            _figures.CountError("the socket is closed");
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            await _listening.WaitAsync(patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The hub was faster; whatever was lost by it has been counted.
        }

        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task<bool> TryConnectAsync(HubProcess hub, bool last)
    {
        var socket = new ClientWebSocket { Options = { KeepAliveInterval = TimeSpan.Zero } };
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await socket.ConnectAsync(hub.Socket(_session), Connector, patience.Token);
            _socket = socket;
            return true;
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException or OperationCanceledException)
        {
            socket.Dispose();
            return last ? throw new BenchException($"Session {_session} could not connect: {e.Message} The hub said:\n{hub.Output}") : false;
        }
    }

    private async Task SendAsync(byte[] frame)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[1024];
        var filled = 0;
        try
        {
            while (true)
            {
                var got = await _socket.ReceiveAsync(buffer.AsMemory(filled), CancellationToken.None);
                if (got.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                filled += got.Count;
                if (got.EndOfMessage)
                {
                    Hear(buffer.AsSpan(0, filled), Clock.Microseconds);
                    filled = 0;
                }
                else if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, buffer.Length * 2);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            // Told below to whoever waits.
        }

        End("the socket was closed in mid-answer");
    }

    private void Hear(ReadOnlySpan<byte> frame, long now)
    {
        // {"type":"ai_stream_chunk","data":{"chunk":"…"}}
        var json = new Utf8JsonReader(frame);
        _ = json.Read() && json.Read() && json.Read();
        if (json.ValueTextEquals("ai_stream_chunk"u8))
        {
            HearChunk(ref json, now);
        }
        else if (json.ValueTextEquals("ai_stream_begin"u8))
        {
            if (_begun)
            {
                End("a second ai_stream_begin");
            }

            _begun = true;
        }
        else if (json.ValueTextEquals("ai_stream_complete"u8))
        {
            _figures.Complete.Add((now - _askedAt) / 1000.0);
            End(_answer is { IsWhole: true } && _begun ? null : "an answer that is not what the fake Gemini gave");
        }
        else if (json.ValueTextEquals("pong"u8))
        {
            _figures.Pong.Add((now - _pingedAt) / 1000.0);
        }
        else
        {
            End($"an answer that ended with {Encoding.UTF8.GetString(frame)}");
        }
    }

    private void HearChunk(ref Utf8JsonReader json, long now)
    {
        // "data", {, "chunk", "…"
        _ = json.Read() && json.Read() && json.Read() && json.Read();
        var text = json.ValueSpan.Length <= 1024 ? stackalloc byte[json.ValueSpan.Length] : new byte[json.ValueSpan.Length];
        text = text[..json.CopyString(text)];
        _figures.CountChunk();
        if (!_heard)
        {
            _heard = true;
            _figures.FirstChunk.Add((now - _askedAt) / 1000.0);
        }

        _answer?.Take(text, now, _figures.Lateness);
    }

    private void End(string? problem)
    {
        _answer = null;
        Interlocked.Exchange(ref _ended, null)?.TrySetResult(problem);
    }
}
