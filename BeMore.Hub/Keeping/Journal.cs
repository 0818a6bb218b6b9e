using System.Threading.Channels;
using BeMore.Configuration;
using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>
/// Turns that could not be stored, kept on the local disk until they can: a file a day, appended and flushed to the disk, bounded,
/// stored in the order of writing and then deleted. Many turns that come together are flushed together.
/// </summary>
internal sealed class Journal : IAsyncDisposable
{
    /// <summary>Entries that are stored together: as many as a database that is far away takes in the time of one.</summary>
    private const int MostAtOnce = 200;

    private readonly KeepingOptions _options;
    private readonly TimeProvider _time;
    private readonly Channel<Waiting> _waiting = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly List<JournalFile> _files = [];
    private readonly Dictionary<string, DateTimeOffset> _erased = new(StringComparer.Ordinal);
    private readonly Task _writing;
    private TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private JournalFile? _current;
    private int _entries;

    public Journal(KeepingOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _writing = WriteAsync();
    }

    /// <summary>How many entries wait for the database.</summary>
    public int Count => Volatile.Read(ref _entries);

    /// <summary>Completes when an entry waits.</summary>
    public Task NotEmpty
    {
        get
        {
            lock (_lock)
            {
                return _entries > 0 ? Task.CompletedTask : _appended.Task;
            }
        }
    }

    /// <summary>Makes the directory, and takes over what processes left that are no more.</summary>
    /// <exception cref="ConfigurationException">The directory cannot be used.</exception>
    public void OpenOrStop()
    {
        try
        {
            Open();
        }
        catch (Exception e) when (e is JournalException || JournalException.IsOfTheDisk(e))
        {
            throw Settings.Wrong("JOURNAL_DIRECTORY", _options.JournalDirectory, "a directory in which the hub may write: turns are kept there while the database is away");
        }
    }

    private void Open()
    {
        Directory.CreateDirectory(_options.JournalDirectory);
        // Found out now, not when the database goes away.
        JournalFile.Create(_options.JournalDirectory, _time.GetUtcNow()).Delete();

        foreach (var name in Directory.EnumerateFiles(_options.JournalDirectory, "turns-*.jsonl").Order(StringComparer.Ordinal))
        {
            if (JournalFile.TryTakeOver(name) is { } left)
            {
                lock (_lock)
                {
                    _files.Add(left);
                }

                for (var at = 0L; left.ReadLines(at, MostAtOnce, out at) is { Count: > 0 } lines;)
                {
                    Interlocked.Add(ref _entries, lines.Count);
                    foreach (var line in lines.Where(line => JournalEntry.MayErase(line)))
                    {
                        Note(JournalEntry.Read(line));
                    }
                }
            }
        }
    }

    /// <summary>
    /// Its session was erased after it was said, and the erasure waits here with it: it is not to be stored first, and not to make its session
    /// anew.
    /// </summary>
    public bool HasErased(KeptTurn turn)
    {
        lock (_lock)
        {
            return _erased.TryGetValue(turn.SessionId, out var at) && turn.AskedAt <= at;
        }
    }

    /// <summary>Keeps an entry: on the disk when this returns.</summary>
    /// <exception cref="IOException">The disk does not take it, or the journal is full.</exception>
    public async Task AppendAsync(JournalEntry entry)
    {
        var waiting = new Waiting(entry, entry.ToLine());
        if (!_waiting.Writer.TryWrite(waiting))
        {
            throw new IOException("The journal is closed.");
        }

        await waiting.Written.Task;
    }

    /// <summary>
    /// Takes the entries that are there to the database, in the order in which they came; not those that are appended meanwhile,
    /// after which it would run for ever where they come faster than they are stored.
    /// </summary>
    /// <param name="store">Stores some, and says of each what became of it; throws if it cannot now.</param>
    /// <param name="unreadable">Is told of a file of the lines of another that could not be read or stored.</param>
    /// <exception cref="JournalException">The disk fails: what is left there is tried again the next time.</exception>
    public async Task DrainAsync(Func<IReadOnlyList<JournalEntry>, Task<IReadOnlyList<JournalFate>>> store, Action<string> unreadable)
    {
        var left = Count;
        foreach (var file in Files())
        {
            if (file.PutOff is { Count: > 0 } before)
            {
                file.PutOff = await StoreAsync(file, before, store);
                left -= before.Count;
                Settle(before.Count - file.PutOff.Count);
            }

            while (file.ReadLines(file.StoredBytes, MostAtOnce, out var end) is { Count: > 0 } lines)
            {
                if (left <= 0)
                {
                    return;
                }

                var read = lines.Select(line => (Line: line, Entry: JournalEntry.Read(line))).ToLookup(l => l.Entry is null);
                var putOff = await StoreAsync(file, [.. read[false].Select(l => l.Entry!)], store);
                file.PutAside([.. read[true].Select(l => l.Line)]);
                file.PutOff = [.. file.PutOff, .. putOff];
                file.StoredBytes = end;
                left -= lines.Count;
                Settle(lines.Count - putOff.Count);
            }

            Retire(file, unreadable);
        }
    }

    /// <summary>Deletes files that were put aside because something in them could not be read, and were last written before this.</summary>
    /// <returns>How many.</returns>
    public int DeleteUnreadable(DateTimeOffset before)
    {
        if (!Directory.Exists(_options.JournalDirectory))
        {
            return 0;
        }

        var old = Directory.EnumerateFiles(_options.JournalDirectory, "turns-*.unreadable").Where(f => File.GetLastWriteTimeUtc(f) < before).ToList();
        old.ForEach(File.Delete);
        return old.Count;
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing;
        lock (_lock)
        {
            foreach (var file in _files)
            {
                file.Dispose();
            }
        }
    }

    /// <summary>Oldest first.</summary>
    private JournalFile[] Files()
    {
        lock (_lock)
        {
            return [.. _files];
        }
    }

    private void Note(JournalEntry? entry)
    {
        if (entry is { ErasedSession: { } session, ErasedAt: { } at })
        {
            _erased[session] = at;
        }
    }

    private void Settle(int entries)
    {
        lock (_lock)
        {
            if (Interlocked.Add(ref _entries, -entries) == 0)
            {
                _erased.Clear();
            }
        }
    }

    /// <returns>What was put off.</returns>
    private static async Task<IReadOnlyList<JournalEntry>> StoreAsync(
        JournalFile file, IReadOnlyList<JournalEntry> entries, Func<IReadOnlyList<JournalEntry>, Task<IReadOnlyList<JournalFate>>> store)
    {
        var fates = entries.Count == 0 ? [] : await store(entries);
        file.PutAside([.. entries.Where((_, i) => fates[i] == JournalFate.Refused).Select(e => e.ToLine()[..^1])]);
        return [.. entries.Where((_, i) => fates[i] == JournalFate.PutOff)];
    }

    /// <summary>A file of which everything is stored goes.</summary>
    private void Retire(JournalFile file, Action<string> unreadable)
    {
        lock (_lock)
        {
            // Half a line at the end is nobody's: who wrote it died before it was acknowledged.
            if (file.PutOff.Count > 0 || (file == _current && !file.IsStored))
            {
                return;
            }

            // First: one that is still there is still to be deleted.
            file.Delete();
            _files.Remove(file);
            _current = file == _current ? null : _current;
        }

        if (file.PutAsideIn is { } aside)
        {
            unreadable(aside);
        }
    }

    private async Task WriteAsync()
    {
        var batch = new List<Waiting>();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (_waiting.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            try
            {
                // The disk is waited for here, on a thread of the pool, and by nobody else.
                await Task.Run(() => Write(batch));
                batch.ForEach(w => w.Written.SetResult());
            }
            catch (Exception e)
            {
                batch.ForEach(w => w.Written.SetException(e is IOException ? e : new IOException("The journal cannot be written.", e)));
            }
        }
    }

    private void Write(List<Waiting> batch)
    {
        lock (_lock)
        {
            if (_files.Sum(f => f.Length) + batch.Sum(w => (long)w.Line.Length) > _options.JournalMaxBytes)
            {
                throw new IOException("The journal is full.");
            }

            var now = _time.GetUtcNow();
            if (_current is null || _current.Day != DateOnly.FromDateTime(now.UtcDateTime))
            {
                _current = JournalFile.Create(_options.JournalDirectory, now);
                _files.Add(_current);
            }

            try
            {
                _current.Append(batch.SelectMany(w => w.Line).ToArray());
            }
            catch when (!_current.EndsWithALine)
            {
                // Nothing can follow half a line.
                _current = null;
                throw;
            }

            batch.ForEach(w => Note(w.Entry));
            Interlocked.Add(ref _entries, batch.Count);
            _appended.TrySetResult();
            _appended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed record Waiting(JournalEntry Entry, byte[] Line)
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
