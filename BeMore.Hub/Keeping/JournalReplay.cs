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

    /// <summary>Sessions whose rows somebody else may hold before it is all of the table that somebody holds.</summary>
    private const int MostHeld = 3;

    /// <summary>Sessions whose rows somebody else holds: what comes later of them does not overtake what is put off.</summary>
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

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
            await DrainAsync(stopping);
            for (var round = 1; round < MostRounds && _held.Count == 0; round++)
            {
                await DrainAsync(stopping);
            }

            database.Find(_stored);
            _isStuck = false;
            // Who found the database away a moment ago may have written since.
            await DrainAsync(stopping);
            return journal.Count == 0;
        }
        catch (JournalException e)
        {
            // The database has answered: what is said now need not wait for the disk to be well.
            database.Find(_stored);
            if (!_isStuck)
            {
                _isStuck = true;
                logger.JournalUnusable(e);
            }

            return false;
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

    private Task DrainAsync(CancellationToken stopping)
    {
        _held.Clear();
        return journal.DrainAsync(entries => StoreAsync(entries, stopping), logger.JournalUnreadable);
    }

    private async Task<IReadOnlyList<JournalFate>> StoreAsync(IReadOnlyList<JournalEntry> entries, CancellationToken stopping)
    {
        var fates = new JournalFate[entries.Count];
        var since = retention.KeptSince(time.GetUtcNow());
        var kept = new List<int>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            if (entries[i].Turn is not { } turn || !(turn.AskedAt < since || journal.HasErased(turn)))
            {
                kept.Add(i);
            }
            else
            {
                // What waited too long may have been deleted in the meantime, and is not to come back.
                _expired += turn.AskedAt < since ? 1 : 0;
                _dropped += turn.AskedAt < since ? 0 : 1;
            }
        }

        if (kept.Count > 1 && _held.Count == 0 && await TryStoreTogetherAsync([.. kept.Select(i => entries[i])], stopping))
        {
            return fates;
        }

        foreach (var i in kept)
        {
            fates[i] = await StoreAsync(entries[i], stopping);
        }

        return fates;
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
        catch (DbException e) when (DatabaseErrors.IsRefused(e) || DatabaseErrors.IsLocked(e))
        {
            return false;
        }
    }

    private async Task<JournalFate> StoreAsync(JournalEntry entry, CancellationToken stopping)
    {
        var session = entry.ErasedSession ?? entry.Turn!.SessionId;
        if (_held.Contains(session))
        {
            return JournalFate.PutOff;
        }

        try
        {
            await (entry.Turn is { } turn ? RestoreAsync(turn, entry, stopping) : EraseAsync(session, entry.ErasedAt, stopping));
            return JournalFate.Settled;
        }
        catch (DbException e) when (DatabaseErrors.IsLocked(e) && _held.Count < MostHeld)
        {
            _held.Add(session);
            return JournalFate.PutOff;
        }
        catch (DbException e) when (entry.Turn is not null && DatabaseErrors.IsRefused(e))
        {
            logger.JournalEntryRefused(entry.Turn.Id, e);
            return JournalFate.Refused;
        }
    }

    /// <summary>Whatever was restored of it before goes again; but not a session that was made since.</summary>
    private Task EraseAsync(string session, DateTimeOffset? at, CancellationToken stopping) => database.AskAsync(
        async patience =>
        {
            if (at is null || await sessions.FindAsync(session, patience) is not { StartedAt: { } startedAt } || startedAt <= at)
            {
                await sessions.EraseAsync(session, waitsLong: false, patience);
            }
        },
        stopping);

    private async Task RestoreAsync(KeptTurn turn, JournalEntry entry, CancellationToken stopping)
    {
        var isStored = false;
        await database.AskAsync(async patience => isStored = await TryRestoreAsync(turn, entry, patience), stopping);
        _stored += isStored ? 1 : 0;
        // Else the session was erased: what was said in it goes with it.
        _dropped += isStored ? 0 : 1;
    }

    private async Task<bool> TryRestoreAsync(KeptTurn turn, JournalEntry entry, CancellationToken patience)
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
