using System.Data.Common;
using BeMore.Data;
using BeMore.Retention;

namespace BeMore.Keeping;

/// <summary>Stores what the journal holds as soon as the database takes it, in the order in which it was written.</summary>
internal sealed class JournalReplay(
    Journal journal,
    DatabaseWatch database,
    ConversationStore conversations,
    SessionStore sessions,
    RetentionOptions retention,
    TimeProvider time,
    ILogger<JournalReplay> logger) : BackgroundService
{
    /// <summary>How often a database that is away is asked whether it is back.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How often what was written meanwhile is stored before turns go past the journal again: each time it is less.</summary>
    private const int MostRounds = 5;

    private bool _isStuck;
    private int _stored;
    private int _dropped;
    private int _expired;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // What a process before this one left is there at once; and who found the database away may write when it is back.
                await Task.WhenAny(database.WentAway, journal.NotEmpty).WaitAsync(stoppingToken);
                await StoreAllAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is not stored stays in the journal for the next process.
        }
    }

    private async Task StoreAllAsync(CancellationToken stopping)
    {
        (_stored, _dropped, _expired) = (0, 0, 0);
        while (!await TryStoreAllAsync(stopping))
        {
            await Task.Delay(Interval, time, stopping);
        }

        if (_dropped > 0)
        {
            logger.JournalEntriesDropped(_dropped);
        }

        if (_expired > 0)
        {
            logger.JournalEntriesExpired(_expired);
        }
    }

    private async Task<bool> TryStoreAllAsync(CancellationToken stopping)
    {
        try
        {
            // No session has an empty id: this asks whether anybody answers.
            await database.AskAsync(patience => conversations.FindAsync("", patience), stopping);
            for (var round = 0; round < MostRounds; round++)
            {
                await journal.DrainAsync(entries => StoreAsync(entries, stopping), logger.JournalUnreadable);
            }

            database.Find(_stored);
            _isStuck = false;
            // Who found the database away a moment ago may have written since.
            await journal.DrainAsync(entries => StoreAsync(entries, stopping), logger.JournalUnreadable);
            return journal.Count == 0;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (DatabaseErrors.IsAway(e))
            {
                database.Lose(e);
            }
            else if (!_isStuck)
            {
                _isStuck = true;
                logger.JournalStuck(e);
            }

            return false;
        }
    }

    /// <returns>False: one of them can never be stored.</returns>
    private async Task<bool> StoreAsync(IReadOnlyList<JournalEntry> entries, CancellationToken stopping)
    {
        if (retention.KeptSince(time.GetUtcNow()) is { } since)
        {
            // What waited too long may have been deleted in the meantime, and is not to come back.
            var kept = entries.Where(e => e.Turn is null || e.Turn.AskedAt >= since).ToList();
            _expired += entries.Count - kept.Count;
            entries = kept;
        }

        if (await TryStoreTogetherAsync(entries, stopping))
        {
            return true;
        }

        var all = true;
        foreach (var entry in entries)
        {
            all &= await StoreAsync(entry, stopping);
        }

        return all;
    }

    /// <summary>As one: many turns in the time of a few.</summary>
    /// <returns>False: one of them needs a look of its own, and none is stored.</returns>
    private async Task<bool> TryStoreTogetherAsync(IReadOnlyList<JournalEntry> entries, CancellationToken stopping)
    {
        // What comes before an erasure goes with it.
        if (!conversations.CanRestoreMany || entries.Any(e => e.ErasedSession is not null))
        {
            return false;
        }

        try
        {
            foreach (var entry in entries.Where(e => e.MayCreateSession).DistinctBy(e => e.Turn!.SessionId))
            {
                await database.AskAsync(patience => sessions.CreateAsync(entry.Turn!.SessionId, entry.UserId, patience), stopping);
            }

            await database.AskAsync(patience => conversations.RestoreAsync([.. entries.Select(e => e.Turn!)], patience), stopping);
            _stored += entries.Count;
            return true;
        }
        catch (DbException e) when (DatabaseErrors.IsRefused(e))
        {
            return false;
        }
    }

    private async Task<bool> StoreAsync(JournalEntry entry, CancellationToken stopping)
    {
        if (entry.ErasedSession is { } erased)
        {
            // Whatever was restored of it before goes again.
            await database.AskAsync(patience => sessions.EraseAsync(erased, patience), stopping);
            return true;
        }

        var turn = entry.Turn!;
        try
        {
            var isStored = false;
            await database.AskAsync(async patience => isStored = await RestoreAsync(turn, entry, patience), stopping);
            _stored += isStored ? 1 : 0;
            // Else the session was erased: what was said in it goes with it.
            _dropped += isStored ? 0 : 1;
            return true;
        }
        catch (DbException e) when (DatabaseErrors.IsRefused(e))
        {
            logger.JournalEntryRefused(turn.Id, e);
            return false;
        }
    }

    private async Task<bool> RestoreAsync(KeptTurn turn, JournalEntry entry, CancellationToken patience)
    {
        if (await conversations.RestoreAsync(turn, patience))
        {
            return true;
        }

        if (!entry.MayCreateSession)
        {
            return false;
        }

        await sessions.CreateAsync(turn.SessionId, entry.UserId, patience);
        return await conversations.RestoreAsync(turn, patience);
    }
}
