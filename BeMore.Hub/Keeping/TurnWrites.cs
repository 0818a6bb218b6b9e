using System.Diagnostics;
using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>
/// Writes turns to the database. What comes while a write is under way goes together with the next one: nothing waits that need not, and
/// the more there is to write, the less each turn costs.
/// </summary>
internal sealed class TurnWrites : IDisposable
{
    /// <summary>Writes under way at once: a database that is far away, or a row that somebody holds, does not hold up what comes behind.</summary>
    private const int MostUnderWay = 4;

    /// <summary>
    /// So long one write is under way alone. Two at once of which each waits for the same disk are dearer than one that holds twice as much,
    /// and no faster.
    /// </summary>
    private static readonly TimeSpan Alone = TimeSpan.FromMilliseconds(5);

    /// <summary>Turns in one write: that it stays short for whoever comes next.</summary>
    private const int MostTogether = 100;

    /// <summary>Turns that go on one after the other on one thread: waking one for each costs more than it gains.</summary>
    private const int MostTold = 8;

    private readonly ConversationStore _conversations;
    private readonly TurnBatchStore _batches;
    private readonly DatabaseWatch _database;
    private readonly StoreTimings _timings;
    private readonly Lock _lock = new();
    private readonly Queue<Write> _waiting = [];
    // By the true clock, as all of this: it is a network that is waited for.
    private readonly ITimer _aloneNoLonger;
    private bool _isTimed;
    private int _underWay;
    private long _latestBegan;

    public TurnWrites(ConversationStore conversations, TurnBatchStore batches, DatabaseWatch database, StoreTimings timings)
    {
        (_conversations, _batches, _database, _timings) = (conversations, batches, database, timings);
        _aloneNoLonger = TimeProvider.System.CreateTimer(
            static writes => ((TurnWrites)writes!).WriteBeside(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _aloneNoLonger.Dispose();

    /// <summary>Begins a turn: keeps what was said, where the session takes turns.</summary>
    /// <param name="asked">The turn.</param>
    /// <param name="withHistory">Read the session's latest turns too.</param>
    /// <returns>Null: there is no such session.</returns>
    public Task<SessionHistory?> AskAsync(KeptTurn asked, bool withHistory) => !_batches.IsSupported
        // The embedded database blocks its thread, which may be one that many wait for.
        ? Task.Run(() => _conversations.AskAsync(asked, CancellationToken.None))
        : _timings.TimeAsync("ask_turn", async () =>
        {
            var write = new Write(asked, withHistory);
            Add(write);
            await write.Task;
            return write.Found;
        });

    /// <summary>Ends a turn that was begun.</summary>
    /// <returns>False: the session was erased in the meantime.</returns>
    public Task<bool> EndAsync(KeptTurn ended) => !_batches.IsSupported
        ? Task.Run(() => _conversations.EndAsync(ended, CancellationToken.None))
        : _timings.TimeAsync("end_turn", () =>
        {
            var write = new Write(ended, withHistory: null);
            Add(write);
            return write.Task;
        });

    private void Add(Write write)
    {
        lock (_lock)
        {
            _waiting.Enqueue(write);
            if (_underWay > 0)
            {
                LookAgainLater();
                return;
            }

            _underWay++;
        }

        _ = WriteAllAsync();
    }

    /// <summary>When the latest write has been alone for long enough.</summary>
    private void LookAgainLater()
    {
        if (!_isTimed && _underWay < MostUnderWay)
        {
            _isTimed = true;
            _aloneNoLonger.Change(Alone, Timeout.InfiniteTimeSpan);
        }
    }

    private void WriteBeside()
    {
        lock (_lock)
        {
            _isTimed = false;
            if (_waiting.Count == 0 || _underWay == MostUnderWay)
            {
                return;
            }

            if (_underWay > 0 && Stopwatch.GetElapsedTime(_latestBegan) < Alone)
            {
                LookAgainLater();
                return;
            }

            _underWay++;
        }

        _ = WriteAllAsync();
    }

    private async Task WriteAllAsync()
    {
        while (TakeWaiting() is { } writes)
        {
            await WriteAsync(writes);
            if (writes.Length == 1)
            {
                // On this thread, on which its turn goes on.
                writes[0].Tell();
                continue;
            }

            // Their turns have more to do than fits between two writes.
            foreach (var some in writes.Chunk(MostTold))
            {
                ThreadPool.UnsafeQueueUserWorkItem(static some => Array.ForEach(some, write => write.Tell()), some, preferLocal: false);
            }
        }
    }

    private Write[]? TakeWaiting()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _underWay--;
                return null;
            }

            _latestBegan = Stopwatch.GetTimestamp();
            var writes = new Write[Math.Min(_waiting.Count, MostTogether)];
            for (var i = 0; i < writes.Length; i++)
            {
                writes[i] = _waiting.Dequeue();
            }

            return writes;
        }
    }

    private async Task WriteAsync(Write[] writes)
    {
        try
        {
            // Found so while these waited: they need not find out anew.
            if (_database.IsAway)
            {
                throw new TimeoutException("The database went away.");
            }

            var asked = writes.Where(w => w.WithHistory is not null).ToArray();
            var ended = writes.Where(w => w.WithHistory is null).ToArray();
            var batch = new TurnBatch([.. asked.Select(w => (w.Turn, w.WithHistory == true))], [.. ended.Select(w => w.Turn)]);
            TurnBatchResult? result = null;
            await _database.AskAsync(async patience => result = await _batches.WriteAsync(batch, patience), CancellationToken.None);
            for (var i = 0; i < asked.Length; i++)
            {
                asked[i].Found = result!.Asked[i];
            }

            for (var i = 0; i < ended.Length; i++)
            {
                ended[i].IsKept = result!.Ended[i];
            }
        }
        catch (Exception e) when (writes.Length == 1 || DatabaseErrors.IsAway(e))
        {
            foreach (var write in writes)
            {
                write.Failure = e;
            }
        }
        catch (Exception e) when (DatabaseErrors.IsLocked(e))
        {
            // Somebody holds what one of them needs. Side by side, so that no two of those are waited for one after the other.
            await Task.WhenAll(writes.Select(write => WriteAsync([write])));
        }
        catch (Exception)
        {
            // One of them cannot be kept, and none was: the others must not suffer from it.
            foreach (var write in writes)
            {
                await WriteAsync([write]);
            }
        }
    }

    /// <param name="turn">As it is to be kept.</param>
    /// <param name="withHistory">Null: it ends. Else it begins, and whether its session's latest turns are wanted.</param>
    private sealed class Write(KeptTurn turn, bool? withHistory)
    {
        // Its continuation runs where it is told, which is chosen above.
        private readonly TaskCompletionSource<bool> _told = new();

        public KeptTurn Turn { get; } = turn;

        public bool? WithHistory { get; } = withHistory;

        public SessionHistory? Found { get; set; }

        public bool IsKept { get; set; }

        public Exception? Failure { get; set; }

        public Task<bool> Task => _told.Task;

        public void Tell()
        {
            if (Failure is not null)
            {
                _told.SetException(Failure);
            }
            else
            {
                _told.SetResult(IsKept);
            }
        }
    }
}
