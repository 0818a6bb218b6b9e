using System.Data.Common;
using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>Stores what the journal holds as soon as the database takes it, in the order in which it was written.</summary>
internal sealed class JournalReplay(
    Journal journal, DatabaseWatch database, ConversationStore conversations, SessionStore sessions, TimeProvider time, ILogger<JournalReplay> logger)
    : BackgroundService
{
    /// <summary>How often a database that is away is asked whether it is back.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private int _stored;
    private int _dropped;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // What a process before this one left.
            if (journal.Count > 0)
            {
                await StoreAllAsync(stoppingToken);
            }

            while (!stoppingToken.IsCancellationRequested)
            {
                await database.WentAway.WaitAsync(stoppingToken);
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
        (_stored, _dropped) = (0, 0);
        while (!await TryStoreAllAsync(stopping))
        {
            await Task.Delay(Interval, time, stopping);
        }

        if (_dropped > 0)
        {
            logger.JournalEntriesDropped(_dropped);
        }
    }

    private async Task<bool> TryStoreAllAsync(CancellationToken stopping)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            // No session has an empty id: this asks whether anybody answers.
            await conversations.FindAsync("", patience.Token).WaitAsync(DatabaseWatch.Patience, time, stopping);
            await journal.DrainAsync(entry => StoreAsync(entry, stopping), logger.JournalUnreadable);
            database.Find(_stored);
            // Who found the database away a moment ago may have written since.
            await journal.DrainAsync(entry => StoreAsync(entry, stopping), logger.JournalUnreadable);
            return journal.Count == 0;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (!DatabaseErrors.IsAway(e))
            {
                logger.JournalStuck(e);
            }

            return false;
        }
    }

    private async Task<bool> StoreAsync(JournalEntry entry, CancellationToken stopping)
    {
        if (entry.ErasedSession is { } erased)
        {
            // Whatever was restored of it before goes again.
            await sessions.EraseAsync(erased, stopping);
            return true;
        }

        var turn = entry.Turn!;
        try
        {
            var isStored = await conversations.RestoreAsync(turn, stopping);
            if (!isStored && entry.MayCreateSession)
            {
                await sessions.CreateAsync(turn.SessionId, entry.UserId, stopping);
                isStored = await conversations.RestoreAsync(turn, stopping);
            }

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
}
