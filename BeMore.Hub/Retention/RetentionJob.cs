using BeMore.Data;
using BeMore.Keeping;
using BeMore.Safety;
using BeMore.Sessions;

namespace BeMore.Retention;

/// <summary>
/// Deletes what was kept longer than <c>RETENTION_DAYS</c>: a while after the start and every hour, a few rows at a time, out of the database
/// and out of this process's memory. Several hubs may do so over one database.
/// </summary>
internal sealed class RetentionJob(
    RetentionOptions options,
    OldRecords records,
    DatabaseWatch database,
    RecentTurns recent,
    SessionRisk risk,
    Journal journal,
    SessionLifecycle lifecycle,
    RetentionMeter meter,
    TimeProvider time,
    ILogger<RetentionJob> logger) : BackgroundService
{
    /// <summary>From one round to the next. What is deleted may be older than the promise by so much, and as long as a round takes.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>After a round for which the database was away.</summary>
    public static readonly TimeSpan SoonAgain = TimeSpan.FromMinutes(1);

    /// <summary>Between two statements, for whoever talks.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Rows of one statement: it takes some ms.</summary>
    private const int MostAtOnce = 500;

    /// <summary>Seconds after the start before the first round: hubs that are started together do not begin it together.</summary>
    private const int LeastDelay = 30, MostDelay = 300;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Days is not { } days)
        {
            return;
        }

        var first = Task.Delay(TimeSpan.FromSeconds(Random.Shared.Next(LeastDelay, MostDelay)), time, stoppingToken);
        logger.RetentionIsOn(days);
        try
        {
            await first;
            while (true)
            {
                Forget();
                await Task.Delay(await TryDeleteAsync(days, stoppingToken) ? Interval : SoonAgain, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is the next process's.
        }
    }

    /// <summary>Also while the database is away, for which this memory stands in.</summary>
    private void Forget()
    {
        var before = options.KeptSince(time.GetUtcNow())!.Value;
        recent.Forget(before);
        risk.Forget(before);
        try
        {
            if (journal.DeleteUnreadable(before) is > 0 and var files)
            {
                logger.UnreadableFilesDeleted(files);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.UnreadableFilesLeft(e);
        }
    }

    /// <returns>False: the database is away.</returns>
    private async Task<bool> TryDeleteAsync(int days, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        var (turns, sessions) = (0, 0);
        try
        {
            // Turns go to the journal then; this need not find out anew.
            if (database.IsAway)
            {
                return false;
            }

            for (int deleted; (deleted = await records.DeleteTurnsAsync(days, MostAtOnce, stopping)) > 0; turns += deleted)
            {
                meter.Turns(deleted);
                await Task.Delay(Pause, time, stopping);
            }

            if (options.SessionsToo && await records.OwnsSessionsAsync(stopping))
            {
                for (IReadOnlyList<string> deleted; (deleted = await records.DeleteSessionsAsync(days, MostAtOnce, stopping)).Count > 0; sessions += deleted.Count)
                {
                    meter.Sessions(deleted.Count);
                    await lifecycle.ForgetAsync(deleted);
                    await Task.Delay(Pause, time, stopping);
                }
            }
        }
        // Not told to DatabaseWatch: a statement that takes long here says nothing of those of turns.
        catch (Exception e) when (!stopping.IsCancellationRequested && (DatabaseErrors.IsAway(e) || DatabaseErrors.IsTableMissing(e)))
        {
            var kind = e.GetType().Name;
            logger.RetentionPostponed(kind);
            return false;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            logger.RetentionFailed(e);
        }

        var seconds = time.GetElapsedTime(began).TotalSeconds;
        logger.RecordsDeleted(turns + sessions > 0 ? LogLevel.Information : LogLevel.Debug, turns, sessions, days, seconds);
        return true;
    }
}
