using System.Diagnostics.Metrics;
using BeMore.Data;
using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>
/// The connection to Redis, and whether it is away. The first who finds it so says so here, and nobody else waits for it: this node goes
/// on by itself until <see cref="Membership"/> has found it again.
/// </summary>
internal sealed class RedisLink(ClusterOptions options, IMeterFactory meters, TimeProvider time, ILogger<RedisLink> logger) : IAsyncDisposable
{
    /// <summary>Longest that anybody waits for Redis before it goes on without.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>The same where nobody waits but this node's joining the others, which comes with all that is done for the first time.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private Task<IConnectionMultiplexer>? _connection;
    private DateTimeOffset? _awaySince;

    public string Prefix => options.Prefix;

    /// <summary>How long it takes for what it is asked. What it is only told (<see cref="Tell"/>) has no answer to wait for.</summary>
    public StoreTimings Timings { get; } = new(meters, time, "redis", RedisErrors.CodeOf);

    /// <summary>Since when, or null: it is there, or not known yet.</summary>
    public DateTimeOffset? AwaySince
    {
        get
        {
            lock (_lock)
            {
                return _awaySince;
            }
        }
    }

    /// <summary>This node is one of several, and they hear each other.</summary>
    public bool IsThere => _known.Task.IsCompleted && AwaySince is null;

    /// <summary>Begins with the first who asks; ends when there is something that connects by itself, connected or not.</summary>
    public Task<IConnectionMultiplexer> Connection
    {
        get
        {
            lock (_lock)
            {
                return _connection ??= Task.Run(ConnectAsync);
            }
        }
    }

    /// <summary>Asks Redis, for no longer than <see cref="Patience"/>.</summary>
    /// <param name="operation">As in <see cref="StoreTimings.TimeAsync"/>.</param>
    /// <param name="ask">Asks it.</param>
    /// <param name="isTraced">As in <see cref="StoreTimings.TimeAsync"/>.</param>
    /// <returns>Not asked: it is away.</returns>
    public async ValueTask<(bool Asked, T Answer)> TryAsync<T>(string operation, Func<IDatabase, Task<T>> ask, bool isTraced = true)
    {
        if (AwaySince is not null)
        {
            return default;
        }

        try
        {
            // The process has just begun, and does not know yet.
            await _known.Task.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!IsThere)
            {
                return default;
            }

            var db = (await Connection).GetDatabase();
            return (true, await Timings.TimeAsync(operation, () => ask(db).WaitAsync(Patience, time), isTraced));
        }
        catch (Exception e) when (RedisErrors.IsAway(e))
        {
            Lose(e);
            return default;
        }
    }

    /// <summary>Tells Redis, and waits for nothing.</summary>
    /// <param name="tell">With <see cref="CommandFlags.FireAndForget"/>.</param>
    public void Tell(Func<IDatabase, Task> tell)
    {
        if (AwaySince is null && Connection is { IsCompletedSuccessfully: true } connection)
        {
            try
            {
                _ = tell(connection.Result.GetDatabase());
            }
            catch (Exception e) when (RedisErrors.IsAway(e))
            {
                Lose(e);
            }
        }
    }

    /// <summary>Looks whether it is there, and can do what is asked of it.</summary>
    /// <param name="join">What is to be done first when it is found.</param>
    /// <param name="keep">What is to be done while it is there.</param>
    public async Task CheckAsync(Func<IConnectionMultiplexer, Task> join, Func<IConnectionMultiplexer, Task> keep)
    {
        try
        {
            // The first time as long as it takes: nobody else waits for it.
            var connection = await Connection;
            // A script that writes, because that is what is needed: one that is full or read-only answers, and is of no use.
            await Timings.TimeAsync("probe", () => connection.GetDatabase()
                .ScriptEvaluateAsync("return redis.call('SET', KEYS[1], '1', 'PX', 1000)", [Prefix + "probe"])
                .WaitAsync(IsThere ? Patience : JoinPatience, time));
            if (!IsThere)
            {
                await join(connection).WaitAsync(JoinPatience, time);
                Find();
            }

            await keep(connection);
        }
        catch (Exception e)
        {
            // Whatever it is: this node goes on by itself, and looks again.
            Lose(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (_connection is { IsCompletedSuccessfully: true } connection)
        {
            await connection.Result.DisposeAsync();
        }

        _closing.Dispose();
    }

    private async Task<IConnectionMultiplexer> ConnectAsync()
    {
        while (true)
        {
            try
            {
                var connection = await ConnectionMultiplexer.ConnectAsync(options.Redis);
                // Known here before the next who asks would find out; and what was subscribed may be lost.
                connection.ConnectionFailed += (_, e) => Lose(e.Exception ?? new TimeoutException($"{e.FailureType}"));
                return connection;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Lose(e);
                await Task.Delay(TimeSpan.FromSeconds(1), time, _closing.Token);
            }
        }
    }

    private void Lose(Exception because)
    {
        lock (_lock)
        {
            if (_awaySince is not null || _closing.IsCancellationRequested)
            {
                return;
            }

            _awaySince = time.GetUtcNow();
        }

        _known.TrySetResult();
        logger.RedisWentAway(because.Message);
    }

    private void Find()
    {
        DateTimeOffset? since;
        lock (_lock)
        {
            (since, _awaySince) = (_awaySince, null);
        }

        _known.TrySetResult();
        if (since is null)
        {
            logger.RedisJoined();
        }
        else
        {
            logger.RedisIsBack((time.GetUtcNow() - since.Value).TotalSeconds);
        }
    }
}
