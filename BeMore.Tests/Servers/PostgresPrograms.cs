using System.Diagnostics;

namespace BeMore.Tests;

/// <summary>The server's programs on this machine, and the user that may run them.</summary>
internal static class PostgresPrograms
{
    private static readonly Lazy<string> Folder = new(Find);

    /// <summary>PostgreSQL refuses to run as root.</summary>
    private static readonly Lazy<string[]> Unprivileged = new(() => Environment.IsPrivilegedProcess ? AsAnotherUser() : []);

    public static string[] Command(string program, params string[] arguments) =>
        [.. Unprivileged.Value, Path.Combine(Folder.Value, program), .. arguments];

    /// <summary>Gives the folder to the user that <see cref="Command"/> runs as.</summary>
    public static Task HandOverAsync(string folder) =>
        Unprivileged.Value.Length == 0 ? Task.CompletedTask : RunAsync(["chown", "-R", User(), folder], "/");

    public static async Task<string> RunAsync(string[] command, string workingDirectory)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {await output}{await errors}");
    }

    private static string Find()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        const string Debian = "/usr/lib/postgresql";
        var versions = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        return onPath.Concat(versions).FirstOrDefault(folder =>
                File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")))
            ?? throw new InvalidOperationException(
                "PostgreSQL's server programs are needed, and neither PATH nor /usr/lib/postgresql has them: apt-get install postgresql");
    }

    private static string User() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static string[] AsAnotherUser()
    {
        var group = File.ReadLines("/etc/passwd").First(line => line.StartsWith(User() + ":", StringComparison.Ordinal)).Split(':')[3];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "setpriv")))
            ? ["setpriv", "--reuid", User(), "--regid", group, "--clear-groups"]
            : throw new InvalidOperationException(
                "PostgreSQL refuses to run as root, and setpriv, which would start it as another user, is missing: apt-get install util-linux");
    }
}
