using System.ComponentModel;
using System.Diagnostics;

namespace BeMore.Tests;

/// <summary>A client of docs/clients, as somebody runs it who has copied it: in a folder of its own, against another address.</summary>
internal sealed class ExampleClient : IDisposable
{
    private const string Address = "localhost:8000";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bemore-client-");
    private readonly string _name;

    /// <param name="name">A file of docs/clients.</param>
    /// <param name="hub">What it talks to, in the place of localhost:8000.</param>
    public ExampleClient(string name, Uri hub)
    {
        _name = name;
        var text = Text(name);
        text.Should().Contain(Address, "that is where a fresh checkout listens");
        File.WriteAllText(Path.Combine(_folder.FullName, name), text.Replace(Address, hub.Authority, StringComparison.Ordinal));
    }

    public string Content => File.ReadAllText(Path.Combine(_folder.FullName, _name));

    public static string Text(string name) => File.ReadAllText(RepositoryRoot.Combine("docs", "clients", name));

    /// <summary>With the packages that the tests have installed.</summary>
    public Task<string> RunByNodeAsync()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "node_modules"), NodeClient.Packages());
        return RunAsync("node", "The client needs Node.js: apt-get install nodejs npm", _name);
    }

    public async Task<string> RunByPythonAsync()
    {
        const string missing = "The client needs Python with the package websockets: apt-get install python3-websockets";
        foreach (var python in (string[])["python3", "/usr/bin/python3"])
        {
            // A Python that somebody put before the system's does not see the system's packages.
            using var probe = Start(python, missing, "-c", "import websockets");
            await Task.WhenAll(probe.StandardOutput.ReadToEndAsync(), probe.StandardError.ReadToEndAsync());
            await probe.WaitForExitAsync();
            if (probe.ExitCode == 0)
            {
                return await RunAsync(python, missing, _name);
            }
        }

        throw new InvalidOperationException(missing);
    }

    /// <summary>As a program of one file, which the SDK restores and compiles first.</summary>
    public Task<string> RunByDotnetAsync() => RunAsync("dotnet", "The client needs the .NET SDK 10", "run", _name);

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> RunAsync(string program, string missing, params string[] arguments)
    {
        using var process = Start(program, missing, arguments);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        using var clock = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            await process.WaitForExitAsync(clock.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{_name} does not end. It said:\n{await output}\n{await errors}");
        }

        process.ExitCode.Should().Be(0, "{0} said:\n{1}\n{2}", _name, await output, await errors);
        return await output;
    }

    private Process Start(string program, string missing, params string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = _folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["PYTHONIOENCODING"] = "utf-8",
                    // What the SDK builds goes when the folder does, and it leaves no servers behind, which would hold its output open.
                    ["XDG_DATA_HOME"] = _folder.FullName,
                    ["MSBUILDDISABLENODEREUSE"] = "1",
                    ["UseSharedCompilation"] = "false",
                },
            })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException(missing);
        }
    }
}
