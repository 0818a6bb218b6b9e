namespace BeMore.Keeping;

/// <summary>
/// One file of the journal: a line an entry, only ever appended to. Whoever has it open has it alone, so that what a dead process left
/// is told from what a living one writes.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    private readonly FileStream _file;

    private JournalFile(FileStream file, DateOnly day) => (_file, Day) = (file, day);

    /// <summary>UTC, of the file's first entry.</summary>
    public DateOnly Day { get; }

    public string Name => _file.Name;

    /// <summary>How much of it has been stored in the database.</summary>
    public long StoredBytes { get; set; }

    /// <summary>Entries before <see cref="StoredBytes"/> that have yet to be stored, in their order.</summary>
    public IReadOnlyList<JournalEntry> PutOff { get; set; } = [];

    /// <summary>Has the lines that could not be read or can never be stored; null while there are none.</summary>
    public string? PutAsideIn { get; private set; }

    public long Length => _file.Length;

    public bool IsStored => StoredBytes >= _file.Length;

    /// <summary>False when half a line could be neither written to its end nor taken back.</summary>
    public bool EndsWithALine { get; private set; } = true;

    public static JournalFile Create(string directory, DateTimeOffset now)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        // The rest of the name tells processes apart that share a directory, and sorts by time.
        var name = Path.Combine(directory, $"turns-{day:yyyy-MM-dd}-{Guid.CreateVersion7(now):N}.jsonl");
        return new JournalFile(new FileStream(name, Confidential(FileMode.CreateNew, FileAccess.ReadWrite)), day);
    }

    /// <summary>Null while a living process has it.</summary>
    public static JournalFile? TryTakeOver(string name)
    {
        try
        {
            var file = new FileStream(name, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
            return new JournalFile(file, DateOnly.MinValue);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>On the disk when it returns, the machine's own cache included.</summary>
    public void Append(ReadOnlySpan<byte> lines)
    {
        var before = _file.Length;
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, lines, before);
            RandomAccess.FlushToDisk(_file.SafeFileHandle);
        }
        catch
        {
            // The disk is full: the next line must not begin in the middle of this one.
            EndsWithALine = false;
            _file.SetLength(before);
            EndsWithALine = true;
            throw;
        }
    }

    /// <summary>The lines from there on, without their ends; half a line at the end is none.</summary>
    /// <param name="from">Where a line begins.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="end">Where the next line begins.</param>
    /// <exception cref="JournalException">The disk does not give them.</exception>
    public IReadOnlyList<byte[]> ReadLines(long from, int most, out long end)
    {
        var lines = new List<byte[]>();
        var line = new MemoryStream();
        var buffer = new byte[64 * 1024];
        end = from;
        for (var at = from; ;)
        {
            var read = Read(buffer, at);
            if (read == 0)
            {
                return lines;
            }

            at += read;
            var rest = buffer.AsSpan(0, read);
            while (rest.IndexOf((byte)'\n') is >= 0 and var length)
            {
                line.Write(rest[..length]);
                rest = rest[(length + 1)..];
                lines.Add(line.ToArray());
                line.SetLength(0);
                end = at - rest.Length;
                if (lines.Count == most)
                {
                    return lines;
                }
            }

            line.Write(rest);
        }
    }

    /// <summary>Keeps lines, without their ends, for somebody to look at: what can be stored has no business there.</summary>
    /// <exception cref="JournalException">The disk does not take them.</exception>
    public void PutAside(IReadOnlyList<byte[]> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        var name = Path.ChangeExtension(Name, ".unreadable");
        // The first time anew: a process before this one may have come as far, and ended.
        try
        {
            using var aside = new FileStream(name, Confidential(PutAsideIn is null ? FileMode.Create : FileMode.Append, FileAccess.Write));
            foreach (var line in lines)
            {
                aside.Write([.. line, (byte)'\n']);
            }

            aside.Flush(flushToDisk: true);
            PutAsideIn = name;
        }
        catch (Exception e) when (JournalException.IsOfTheDisk(e))
        {
            throw new JournalException(e);
        }
    }

    /// <exception cref="JournalException">The disk does not let go of it.</exception>
    public void Delete()
    {
        try
        {
            // While it is still locked: nobody takes over what is about to go.
            File.Delete(_file.Name);
        }
        catch (Exception e) when (JournalException.IsOfTheDisk(e))
        {
            throw new JournalException(e);
        }

        _file.Dispose();
    }

    public void Dispose() => _file.Dispose();

    private int Read(Span<byte> buffer, long at)
    {
        try
        {
            return RandomAccess.Read(_file.SafeFileHandle, buffer, at);
        }
        catch (Exception e) when (JournalException.IsOfTheDisk(e))
        {
            throw new JournalException(e);
        }
    }

    private static FileStreamOptions Confidential(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            // What somebody confided: for nobody else on this machine.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
