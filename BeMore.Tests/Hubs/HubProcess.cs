using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>The hub as a process of its own: for its start, its end, and for killing it.</summary>
public sealed partial class HubProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly bool _ownsFolder;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Pulse _changed = new();
    private readonly Task _ended;

    private HubProcess(IReadOnlyDictionary<string, string?> settings, string? workingDirectory, string[] arguments)
    {
        _ownsFolder = workingDirectory is null;
        WorkingDirectory = workingDirectory ?? Directory.CreateTempSubdirectory("bemore-hub-").FullName;
        var start = new ProcessStartInfo("dotnet", [Program(), .. arguments])
        {
            WorkingDirectory = WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in MachineSettings.Names)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _ended = EndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Empty at the start, unless the test gave one: where a .env file is looked for.</summary>
    public string WorkingDirectory { get; }

    /// <summary>Standard output and error, as they came.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    public string Output => string.Join('\n', _lines);

    /// <summary>After <see cref="WaitForExitAsync"/>; 128 + the signal's number where a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <param name="settings">Environment variables, in place of all that the machine has of protocol.md, section 5. Name PORT: "0" is a free one.</param>
    /// <param name="workingDirectory">Null: an empty one, deleted at the end.</param>
    /// <param name="arguments">The program's: none, or migrate.</param>
    public static HubProcess Start(IReadOnlyDictionary<string, string?> settings, string? workingDirectory = null, params string[] arguments) =>
        new(settings, workingDirectory, arguments);

    /// <summary>The address on loopback, also where the hub listens on all.</summary>
    /// <param name="address">Which of its addresses, from 0.</param>
    /// <exception cref="InvalidOperationException">It ended instead; says what it said.</exception>
    public async Task<Uri> WaitForListeningAsync(TimeSpan? timeout = null, int address = 0)
    {
        Match? listening = null;
        await _changed.UntilAsync(
            () => (listening = _lines.Select(line => Listening().Match(line)).Where(match => match.Success).ElementAtOrDefault(address)) is not null || _ended.IsCompleted,
            () => $"the hub does not listen. It said:\n{Output}",
            timeout ?? TimeSpan.FromSeconds(30));
        return listening is null
            ? throw new InvalidOperationException($"The hub ended with {ExitCode}. It said:\n{Output}")
            : new Uri($"http://127.0.0.1:{listening.Groups["port"].Value}/");
    }

    public async Task<RawSocketClient> ConnectAsync(string session) =>
        await RawSocketClient.ConnectAsync(new Uri($"ws://{(await WaitForListeningAsync()).Authority}/ws/session/{session}"));

    public Task WaitForLineAsync(Func<string, bool> wanted, TimeSpan? timeout = null) =>
        _changed.UntilAsync(() => _lines.Any(wanted), () => $"the line did not come. The hub said:\n{Output}", timeout);

    /// <summary>Ends when all output has been read, too.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? timeout = null)
    {
        await _changed.UntilAsync(() => _ended.IsCompleted, () => $"the hub still runs. It said:\n{Output}", timeout ?? TimeSpan.FromSeconds(30));
        return ExitCode;
    }

    /// <param name="signal">TERM, INT, STOP, CONT, …</param>
    public async Task SignalAsync(string signal = "TERM")
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGKILL: no chance to store or to say anything.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_ended.IsCompleted)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _ended;
        _process.Dispose();
        if (_ownsFolder)
        {
            Directory.Delete(WorkingDirectory, recursive: true);
        }
    }

    [GeneratedRegex(@"Now listening on: http://[^\s""]*:(?<port>\d+)")]
    private static partial Regex Listening();

    /// <summary>The hub's own build folder before the tests': there it runs on its own dependencies, not on the tests'.</summary>
    private static string Program()
    {
        // …/BeMore.Tests/bin/{configuration}/{framework}/
        var framework = new DirectoryInfo(AppContext.BaseDirectory);
        string[] places =
        [
            RepositoryRoot.Combine("BeMore.Hub", "bin", framework.Parent!.Name, framework.Name, "BeMore.Hub.dll"),
            Path.Combine(AppContext.BaseDirectory, "BeMore.Hub.dll"),
        ];
        return places.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException($"The hub is not built: {string.Join(" and ", places)} are missing.");
    }

    private async Task EndAsync()
    {
        await _process.WaitForExitAsync();
        // Whoever asks whether this task has completed is woken after it has.
        _ = Task.Run(async () =>
        {
            await _ended;
            _changed.Beat();
        });
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
            _changed.Beat();
        }
    }
}
