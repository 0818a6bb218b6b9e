using System.Diagnostics;
using System.Text;

namespace BeMore.Tests;

/// <summary>
/// A server of another product. Its life hangs on a pipe: a shell reads from it and ends the server, by its process id, when this process
/// closes the pipe or dies, however it dies.
/// </summary>
internal sealed class GuardedServer : IAsyncDisposable
{
    private const string Guard =
        """
        trap '' INT TERM
        "$@" < /dev/null &
        server=$!
        echo "$server"
        read -r word
        kill -CONT $server 2> /dev/null
        kill -TERM $server 2> /dev/null
        wait $server
        """;

    private readonly Process _shell;
    private readonly Task<string?> _id;
    private readonly StringBuilder _output = new();

    public GuardedServer(string folder, params string[] command)
    {
        _shell = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", .. command])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _shell.ErrorDataReceived += (_, line) => Keep(line.Data);
        _shell.Start();
        _shell.BeginErrorReadLine();
        _id = _shell.StandardOutput.ReadLineAsync();
        _ = ReadAsync();
    }

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public bool HasEnded => _shell.HasExited;

    /// <summary>The first of these programs that the machine has.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="advice">What to do where it is missing.</param>
    public static string Find(string program, string advice)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), "/usr/sbin"];
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"The tests need {program}: {advice}");
    }

    /// <param name="signal">STOP, CONT, KILL, …</param>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", (await _id)!]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await _shell.WaitForExitAsync(clock.Token);
        }
        catch (OperationCanceledException)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
    }

    private async Task ReadAsync()
    {
        await _id;
        while (await _shell.StandardOutput.ReadLineAsync() is { } line)
        {
            Keep(line);
        }
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
