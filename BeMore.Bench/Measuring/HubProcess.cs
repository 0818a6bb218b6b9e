using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using BeMore.Tests;

namespace BeMore.Bench.Measuring;

/// <summary>The published hub in Production, as an operator runs it, with its limits out of the way.</summary>
internal sealed class HubProcess : IAsyncDisposable
{
    /// <summary>Ends the hub when this process closes the pipe or dies, however it dies.</summary>
    private const string Guard =
        """
        trap '' INT TERM
        "$@" < /dev/null &
        echo $!
        read -r word
        kill -TERM $!
        wait $!
        """;

    private const int LinesKept = 50;

    private readonly Process _shell;
    private readonly string _folder;
    private readonly ConcurrentQueue<string> _lines = new();

    private HubProcess(Process shell, string folder, int id, int port, int? metricsPort)
    {
        (_shell, _folder, Port, MetricsPort) = (shell, folder, port, metricsPort);
        Cpu = new ProcessCpu(id);
        _ = KeepAsync(shell.StandardOutput);
        _ = KeepAsync(shell.StandardError);
    }

    public int Port { get; }

    public int? MetricsPort { get; }

    public ProcessCpu Cpu { get; }

    /// <summary>The last that it said.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Until it has ended, or become a child that nobody has asked after.</summary>
    public bool IsRunning
    {
        get
        {
            try
            {
                // pid (name) state …
                return File.ReadAllText($"/proc/{Cpu.Id}/stat").Split(") ")[^1][0] is not ('Z' or 'X');
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    /// <summary>Returns when the process has begun, which is before it is ready.</summary>
    /// <param name="program">The folder that it is published in.</param>
    /// <param name="settings">Environment variables, in place of all that the machine has.</param>
    /// <param name="metrics">Whether it tells Prometheus about itself.</param>
    public static async Task<HubProcess> StartAsync(string program, IReadOnlyDictionary<string, string> settings, bool metrics)
    {
        var folder = Directory.CreateTempSubdirectory("bemore-bench-hub-").FullName;
        var port = LoopbackPort.Free();
        int? metricsPort = metrics ? LoopbackPort.Free() : null;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, "sh", "dotnet", Path.Combine(program, "BeMore.Hub.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
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

        start.Environment["PORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["METRICS_PORT"] = metricsPort?.ToString(CultureInfo.InvariantCulture);
        start.Environment["JOURNAL_DIRECTORY"] = Path.Combine(folder, "journal");
        var shell = Process.Start(start)!;
        var id = int.Parse((await shell.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        return new HubProcess(shell, folder, id, port, metricsPort);
    }

    public Uri Socket(string session) => new($"ws://127.0.0.1:{Port}/ws/session/{session}");

    /// <summary>Until it says that it is ready for people.</summary>
    public async Task WaitUntilReadyAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var begun = Clock.Microseconds;
        while (true)
        {
            try
            {
                using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{Port}/health"));
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // It does not listen yet.
            }

            if (!IsRunning || Clock.MillisecondsSince(begun) > 60_000)
            {
                throw new BenchException($"The hub {(IsRunning ? "is not ready after a minute" : "ended")}. It said:\n{Output}");
            }

            await Task.Delay(2);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        try
        {
            await _shell.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _shell.Kill(entireProcessTree: true);
        }

        _shell.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task KeepAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            while (_lines.Count > LinesKept)
            {
                _lines.TryDequeue(out _);
            }
        }
    }
}
