using System.Net.WebSockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using StackExchange.Redis;

namespace BeMore.Tests;

/// <summary>Two connections that come to a node at once, while another node has something to tell: the newer is told it, though the older asked for it.</summary>
public sealed class InheritanceTests : IAsyncLifetime
{
    private const string Said = "천천히 이야기해 볼까요. ";

    // It stands: however slow the machine is, nobody waits in vain for the other node.
    private readonly ObservedTime _time = new();
    private RedisServer _redis = null!;
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _hub = await TestHub.StartAsync(new() { ["REDIS_URL"] = _redis.Url }, _time);
        await TwoHubs.JoinedAsync(_hub.App);
    }

    public async Task DisposeAsync()
    {
        await _hub.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task WhoeverComesLastIsToldWhatAnotherNodeHas()
    {
        await using var node = await OtherNode.StartAsync(_redis, "s");
        var opening = _hub.ConnectAsync();
        var taken = await node.HearAsync("taken");

        // On its way now, and to be let in when it is known what the other node has.
        var newest = _hub.ConnectAsync();
        await SeatedAsync(changes: 1);
        await node.AnswerAsync(taken, new JsonObject { ["kind"] = "offer", ["origins"] = new JsonArray("other") });
        await using var older = await opening;
        await using var client = await newest;
        await node.AnswerAsync(await node.HearAsync("ask"), new JsonObject { ["kind"] = "told", ["begun"] = true, ["text"] = Said, ["end"] = "" });

        (await client.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, Said, Frame.Complete);
        (await older.Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
        older.Received.Should().BeEmpty();
    }

    /// <summary>Redis has seen the session's seat change hands so often.</summary>
    private async Task SeatedAsync(int changes)
    {
        using var clock = new CancellationTokenSource(Pulse.Patience);
        while (((string?)await _redis.AskAsync(db => db.HashGetAsync("bemore:0:session:s", "changes")) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Length < changes)
        {
            await Task.Delay(20, clock.Token);
        }
    }

    /// <summary>A node that speaks when the test does, and had the session.</summary>
    private sealed class OtherNode : IAsyncDisposable
    {
        private readonly Channel<JsonNode> _letters = Channel.CreateUnbounded<JsonNode>();
        private readonly ConnectionMultiplexer _redis;

        private OtherNode(ConnectionMultiplexer redis) => _redis = redis;

        public static async Task<OtherNode> StartAsync(RedisServer redis, string session)
        {
            var node = new OtherNode(await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port}"));
            await node._redis.GetSubscriber().SubscribeAsync(
                RedisChannel.Literal("bemore:0:node:other"), (_, letter) => node._letters.Writer.TryWrite(JsonNode.Parse((byte[])letter!)!));
            await node._redis.GetDatabase().HashSetAsync($"bemore:0:session:{session}", [new("node", "other"), new("at", "1")]);
            return node;
        }

        public async Task<JsonNode> HearAsync(string kind)
        {
            using var clock = new CancellationTokenSource(Pulse.Patience);
            while (true)
            {
                var letter = await _letters.Reader.ReadAsync(clock.Token);
                if ((string?)letter["message"]!["kind"] == kind)
                {
                    return letter;
                }
            }
        }

        public async Task AnswerAsync(JsonNode question, JsonObject message)
        {
            var letter = new JsonObject { ["from"] = "other", ["answer"] = (long)question["question"]!, ["message"] = message };
            await _redis.GetSubscriber().PublishAsync(RedisChannel.Literal($"bemore:0:node:{question["from"]}"), letter.ToJsonString());
        }

        public ValueTask DisposeAsync() => _redis.DisposeAsync();
    }
}
