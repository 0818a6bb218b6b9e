using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace BeMore.Tests;

/// <summary>SignalR's JSON protocol by hand, over a WebSocket: records as they go over the wire, which no client library shows.</summary>
internal sealed class HubSocket : IAsyncDisposable
{
    private const char RecordSeparator = '\u001e';
    private const int Heartbeat = 6;

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();
    private readonly ContractTraffic _traffic;
    private Task _reading = Task.CompletedTask;

    private HubSocket(ContractTraffic traffic) => _traffic = traffic;

    public const string ChannelName = "counselling";

    /// <param name="traffic">Is told all that is said and heard, but for <see cref="SendAsync"/>.</param>
    public static async Task<HubSocket> ConnectAsync(BeMoreApplication app, ContractTraffic traffic, bool shakesHands = true)
    {
        var hub = new HubSocket(traffic);
        hub._socket.Options.Proxy = null;
        using var clock = new CancellationTokenSource(Pulse.Patience);
        await hub._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{app.Http.Port}/hubs/counselling"), clock.Token);
        hub._reading = Task.Run(hub.ReadToTheEndAsync);
        if (shakesHands)
        {
            await hub.SayAsync("""{"protocol":"json","version":1}""");
            (await hub.NextAsync()).Should().Be("{}");
        }

        return hub;
    }

    /// <summary>A record that the document knows.</summary>
    public Task SayAsync(string record)
    {
        _traffic.Said(ChannelName, record);
        return SendAsync(record);
    }

    /// <summary>A record that it does not know.</summary>
    public Task SendAsync(string record) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(record + RecordSeparator), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public async Task<string> NextAsync()
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        return await _unread.Reader.ReadAsync(clock.Token);
    }

    /// <summary>Records up to and including the first of this type, which is SignalR's number; without heartbeats, which come when they come.</summary>
    public async Task<IReadOnlyList<JsonElement>> ReadUntilAsync(int type)
    {
        var records = new List<JsonElement>();
        while (true)
        {
            var record = JsonDocument.Parse(await NextAsync()).RootElement;
            var itsType = record.GetProperty("type").GetInt32();
            if (itsType != Heartbeat || type == Heartbeat)
            {
                records.Add(record);
            }

            if (itsType == type)
            {
                return records;
            }
        }
    }

    /// <summary>The code of the <c>ai_stream_error</c> that a request's stream holds, alone.</summary>
    public async Task<string?> RefusalAsync()
    {
        var records = await ReadUntilAsync(3);
        return records.Should().HaveCount(2).And.Subject.First().GetProperty("item").GetProperty("data").GetProperty("code").GetString();
    }

    /// <summary>The connection is over, whoever ended it.</summary>
    public Task WaitForEndAsync() => _reading.WaitAsync(Pulse.Patience);

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadToTheEndAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Text } part)
            {
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage)
                {
                    foreach (var record in Encoding.UTF8.GetString(message.ToArray()).Split(RecordSeparator, StringSplitOptions.RemoveEmptyEntries))
                    {
                        _traffic.Heard(ChannelName, record);
                        _unread.Writer.TryWrite(record);
                    }

                    message.SetLength(0);
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It broke, or the test is over.
        }
        finally
        {
            _unread.Writer.Complete();
        }
    }
}
