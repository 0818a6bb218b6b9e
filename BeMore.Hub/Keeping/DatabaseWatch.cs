using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>
/// Whether the database is away. The first who finds it so says so here, and nobody else waits for it: turns go to the journal until
/// <see cref="JournalReplay"/> has found it again and stored what was written meanwhile.
/// </summary>
internal sealed class DatabaseWatch(TimeProvider time, ILogger<DatabaseWatch> logger)
{
    /// <summary>Longest that a turn waits for the database before it goes on without.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private TaskCompletionSource _away = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset? _since;

    /// <summary>Since when, or null: it is there.</summary>
    public DateTimeOffset? AwaySince
    {
        get
        {
            lock (_lock)
            {
                return _since;
            }
        }
    }

    public bool IsAway => AwaySince is not null;

    /// <summary>Completes when it is found to be away.</summary>
    public Task WentAway
    {
        get
        {
            lock (_lock)
            {
                return _away.Task;
            }
        }
    }

    /// <summary>Asks the database, for no longer than <see cref="Patience"/>.</summary>
    /// <returns>False: it is away, or somebody else holds what was asked for.</returns>
    public Task<bool> TryAsync(Func<CancellationToken, Task> ask) => TryAsync(() => AskAsync(ask, CancellationToken.None));

    /// <param name="ask">Asks the database through <see cref="AskAsync"/>.</param>
    /// <returns>False: it is away, or somebody else holds what was asked for.</returns>
    public async Task<bool> TryAsync(Func<Task> ask)
    {
        if (IsAway)
        {
            return false;
        }

        try
        {
            await ask();
            return true;
        }
        catch (Exception e) when (DatabaseErrors.IsLocked(e))
        {
            // One row, and no reason to ask nothing more of the rest.
            logger.DatabaseRowIsHeld();
            return false;
        }
        catch (Exception e) when (DatabaseErrors.IsAway(e))
        {
            Lose(e);
            return false;
        }
    }

    /// <summary>Asks the database, whether it is away or not, for no longer than <see cref="Patience"/>.</summary>
    /// <exception cref="TimeoutException">It did not answer.</exception>
    public async Task AskAsync(Func<CancellationToken, Task> ask, CancellationToken stopping)
    {
        // Not disposed: a question that was given up looks at it as long as it goes on.
        var giveUp = new CancellationTokenSource();
        var answer = ask(giveUp.Token);
        try
        {
            await answer.WaitAsync(Patience, time, stopping);
        }
        catch when (!answer.IsCompleted)
        {
            // The driver then tells the server, on the thread that asks it to; and if the server hangs, so does that thread, for as long
            // as a connection may take. Those of the pool have turns to run.
            new Thread(giveUp.Cancel) { IsBackground = true }.Start();
            throw;
        }
    }

    public void Lose(Exception because)
    {
        lock (_lock)
        {
            if (_since is not null)
            {
                return;
            }

            _since = time.GetUtcNow();
            _away.TrySetResult();
        }

        logger.DatabaseWentAway(because);
    }

    public void Find(int stored)
    {
        TimeSpan away;
        lock (_lock)
        {
            if (_since is not { } since)
            {
                return;
            }

            away = time.GetUtcNow() - since;
            _since = null;
            _away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        logger.DatabaseIsBack(away.TotalSeconds, stored);
    }
}
