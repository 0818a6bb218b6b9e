using System.Diagnostics;
using BeMore.Bench.Model;
using BeMore.Data;
using BeMore.Tests;
using Npgsql;

namespace BeMore.Bench.Measuring;

/// <summary>What a hub needs round it: the program, a database and a Gemini. Each scenario has hubs of its own, and a database where we have the server.</summary>
internal sealed class Stand : IAsyncDisposable
{
    private readonly string? _publishedInto;
    private readonly PostgresCluster? _cluster;
    private string? _template;
    private int _sessions;

    private Stand(string hub, string? publishedInto, PostgresCluster? cluster, string? database, FakeGemini gemini)
    {
        (HubFolder, _publishedInto, _cluster, Gemini) = (hub, publishedInto, cluster, gemini);
        Database = database ?? "";
        Postgres = new PostgresCpu(cluster?.ProcessId ?? 0);
    }

    public string HubFolder { get; }

    public FakeGemini Gemini { get; }

    public PostgresCpu Postgres { get; }

    /// <summary>Its URL.</summary>
    public string Database { get; private set; }

    public static async Task<Stand> StartAsync(Options options)
    {
        var given = options.Text("hub");
        var published = given is null ? await PublishAsync() : null;
        var hub = Path.GetFullPath(given ?? published!);
        if (!File.Exists(Path.Combine(hub, "BeMore.Hub.dll")))
        {
            throw new BenchException($"--hub={given}: there is no BeMore.Hub.dll; it is to be the folder of a published hub.");
        }

        var cluster = options.Text("database") is null ? await PostgresCluster.StartAsync(durable: true) : null;
        return new Stand(hub, published, cluster, options.Text("database"), await FakeGemini.StartAsync());
    }

    /// <summary>With the hub's tables, and nothing in them where the server is our own.</summary>
    public async Task UseFreshDatabaseAsync()
    {
        if (_cluster is null)
        {
            await MigrateAsync();
            return;
        }

        if (_template is null)
        {
            Database = _template = await _cluster.CreateDatabaseAsync();
            await MigrateAsync();
        }
        else
        {
            await _cluster.DropDatabaseAsync(Database);
        }

        Database = await _cluster.CreateDatabaseAsync(_template);
    }

    /// <summary>A hub that is ready.</summary>
    /// <param name="intervalMs">Its pacing; 0: none.</param>
    /// <param name="metrics">Whether it tells Prometheus about itself, which costs a little.</param>
    public async Task<HubProcess> StartHubAsync(int intervalMs, bool metrics = false)
    {
        var hub = await BeginHubAsync(intervalMs, metrics);
        await hub.WaitUntilReadyAsync();
        return hub;
    }

    /// <summary>A hub that is about to start.</summary>
    public Task<HubProcess> BeginHubAsync(int intervalMs, bool metrics = false) => HubProcess.StartAsync(HubFolder, Settings(intervalMs), metrics);

    public async Task<NpgsqlConnection> OpenDatabaseAsync()
    {
        var connection = new NpgsqlConnection(DatabaseUrl.ToConnectionString(Database) + ";Pooling=false;Command Timeout=0");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>New sessions, as the HTTP call makes them.</summary>
    public async Task<IReadOnlyList<string>> CreateSessionsAsync(int count)
    {
        var names = Enumerable.Range(_sessions, count).Select(i => $"bench-{Environment.ProcessId}-{i}").ToList();
        _sessions += count;
        await using var connection = await OpenDatabaseAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO sessions (session_id, status) SELECT unnest($1), 'active'", connection) { Parameters = { new() { Value = names } } };
        await insert.ExecuteNonQueryAsync();
        // What came all at once is as unknown to the planner as if the table were empty, until the database looks by itself a minute later:
        // each turn would read all of it. Tables that grow as people come do not have that minute.
        await using var analyze = new NpgsqlCommand("ANALYZE sessions", connection);
        await analyze.ExecuteNonQueryAsync();
        return names;
    }

    public async ValueTask DisposeAsync()
    {
        await Gemini.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_publishedInto is not null)
        {
            Directory.Delete(_publishedInto, recursive: true);
        }
    }

    private Task MigrateAsync() =>
        RunAsync(new ProcessStartInfo("dotnet", [Path.Combine(HubFolder, "BeMore.Hub.dll"), "migrate"]) { WorkingDirectory = Path.GetTempPath() }, Settings(0));

    private Dictionary<string, string> Settings(int intervalMs) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        ["DATABASE_URL"] = Database,
        ["GEMINI_API_KEY"] = "bench",
        ["GEMINI_BASE_URL"] = $"http://127.0.0.1:{Gemini.Port}",
        ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000000",
        ["STREAM_CHUNK_INTERVAL_MS"] = $"{intervalMs}",
    };

    private static async Task<string> PublishAsync()
    {
        Report.Progress("publishing BeMore.Hub");
        var folder = Directory.CreateTempSubdirectory("bemore-bench-publish-").FullName;
        await RunAsync(
            new ProcessStartInfo("dotnet", ["publish", "BeMore.Hub", "--configuration", "Release", "--output", folder, "--nologo", "--verbosity", "quiet", "--use-current-runtime", "--self-contained", "false"])
            {
                WorkingDirectory = RepositoryRoot.Combine(),
            },
            []);
        return folder;
    }

    private static async Task RunAsync(ProcessStartInfo start, Dictionary<string, string> settings)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var name in MachineSettings.Names)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchException($"{start.FileName} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}:\n{output}{await errors}");
        }
    }
}
