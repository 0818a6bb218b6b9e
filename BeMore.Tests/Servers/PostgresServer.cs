using System.Diagnostics;
using System.Text;

namespace BeMore.Tests;

/// <summary>
/// One running server. Its life hangs on a pipe: a shell reads from it and ends the server, by its process id, when this
/// process closes the pipe or dies, however it dies. So no server and no data outlives a test run that was killed.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>SIGINT is PostgreSQL's fast shutdown: clients are thrown out. SIGQUIT is its immediate one: nothing is put in order.</summary>
    private const string Guard =
        """
        trap '' INT TERM
        folder=$1; shift
        "$@" &
        server=$!
        word=
        read -r word
        [ "$word" = crash ] && signal=QUIT || signal=INT
        kill -$signal $server
        wait $server
        [ "$word" ] || rm -rf "$folder"
        """;

    private readonly Process _shell;
    private readonly StringBuilder _output = new();

    /// <param name="folder">Its data are in there.</param>
    /// <param name="port">On loopback.</param>
    /// <param name="durable">
    /// As PostgreSQL is by default. Durability against a loss of power is PostgreSQL's own promise, and costs time: tests kill the hub and
    /// the server, never the machine. What is measured pays for it.
    /// </param>
    public PostgresServer(string folder, int port, bool durable)
    {
        string[] speed = durable ? [] : ["-c", "fsync=off", "-c", "full_page_writes=off"];
        var command = PostgresPrograms.Command(
            "postgres",
            ["-D", Path.Combine(folder, "data"), "-p", $"{port}", "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", .. speed]);
        _shell = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", folder, .. command])
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        _shell.OutputDataReceived += (_, line) => Keep(line.Data);
        _shell.ErrorDataReceived += (_, line) => Keep(line.Data);
        _shell.Start();
        _shell.BeginOutputReadLine();
        _shell.BeginErrorReadLine();
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

    public bool RefusedToStart => Output.Contains("FATAL:  could not ", StringComparison.Ordinal);

    /// <summary>Stops the server; the data stay.</summary>
    public async Task StopAsync(bool atOnce = false)
    {
        await _shell.StandardInput.WriteLineAsync(atOnce ? "crash" : "keep");
        await EndAsync();
    }

    /// <summary>Stops the server and deletes the data.</summary>
    public async ValueTask DisposeAsync() => await EndAsync();

    /// <summary>For the end of this process, which waits for nobody.</summary>
    public void EndNow()
    {
        _shell.StandardInput.Close();
        if (!_shell.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _shell.Kill(entireProcessTree: true);
        }
    }

    private async Task EndAsync()
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

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
