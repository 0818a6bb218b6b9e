using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>How nodes talk: each has a channel in Redis, and there is one for all.</summary>
internal sealed class NodeBus(RedisLink redis, TimeProvider time, ILogger<NodeBus> logger)
{
    private const string Everybody = "nodes";

    private readonly Dictionary<Type, Func<string, NodeMessage, Task<NodeMessage?>>> _readers = [];
    private readonly ConcurrentDictionary<long, TaskCompletionSource<NodeMessage>> _questions = new();
    private long _lastQuestion;
    private Task? _subscribed;

    /// <summary>This process, and no other that ever was.</summary>
    public string Me { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Without the prefix that the library puts before each.</summary>
    public static string ChannelOf(string node) => "node:" + node;

    /// <summary>Who reads a kind of message, before anybody listens. What it gives answers a question.</summary>
    public void On<T>(Func<string, T, Task<NodeMessage?>> read)
        where T : NodeMessage => _readers.Add(typeof(T), (from, message) => read(from, (T)message));

    /// <summary>Listens, the first time and after Redis was away.</summary>
    /// <exception cref="TimeoutException">Redis does not confirm it.</exception>
    public async Task ListenAsync(IConnectionMultiplexer connection)
    {
        var subscriber = connection.GetSubscriber();
        RedisChannel[] channels = [RedisChannel.Literal(ChannelOf(Me)), RedisChannel.Literal(Everybody)];
        // Once, whatever becomes of it: the library subscribes again by itself.
        await (_subscribed ??= Task.WhenAll(channels.Select(channel => subscriber.SubscribeAsync(channel, (_, letter) => Read(letter)))))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!channels.All(subscriber.IsConnected))
        {
            throw new TimeoutException("Redis is connected, but its channels are not yet.");
        }
    }

    /// <summary>Null: it did not answer in time, or is no more.</summary>
    public async Task<NodeMessage?> AskAsync(string node, NodeMessage question, TimeSpan patience)
    {
        var number = Interlocked.Increment(ref _lastQuestion);
        var answer = new TaskCompletionSource<NodeMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[number] = answer;
        try
        {
            var letter = Write(new NodeLetter(Me, number, null, question));
            // Not traced: a turn that another node runs is asked for as long as it is told on.
            var (_, heard) = await redis.TryAsync("ask_node", db => db.PublishAsync(RedisChannel.Literal(ChannelOf(node)), letter), isTraced: false);
            return heard > 0 ? await answer.Task.WaitAsync(patience, time) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _questions.TryRemove(number, out _);
        }
    }

    public void Tell(string node, NodeMessage message) => Send(ChannelOf(node), new NodeLetter(Me, null, null, message));

    public void TellAll(NodeMessage message) => Send(Everybody, new NodeLetter(Me, null, null, message));

    private void Send(string channel, NodeLetter letter) =>
        redis.Tell(db => db.PublishAsync(RedisChannel.Literal(channel), Write(letter), CommandFlags.FireAndForget));

    private static byte[] Write(NodeLetter letter) => JsonSerializer.SerializeToUtf8Bytes(letter, NodeJson.Default.NodeLetter);

    private async void Read(RedisValue text)
    {
        try
        {
            var letter = JsonSerializer.Deserialize((byte[])text!, NodeJson.Default.NodeLetter)!;
            if (letter.From == Me)
            {
                return;
            }

            if (letter.Answer is { } number)
            {
                if (_questions.TryGetValue(number, out var question))
                {
                    question.TrySetResult(letter.Message);
                }
            }
            else if (await _readers[letter.Message.GetType()](letter.From, letter.Message) is { } answer)
            {
                Send(ChannelOf(letter.From), new NodeLetter(Me, null, letter.Question, answer));
            }
        }
        catch (Exception e)
        {
            // The exceptions of the JSON reader quote what it read, which may be what somebody was told.
            logger.NodeMessageBroke(e is JsonException ? new JsonException("It cannot be read.") : e);
        }
    }
}
