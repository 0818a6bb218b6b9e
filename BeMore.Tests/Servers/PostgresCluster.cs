using System.Globalization;
using Npgsql;

namespace BeMore.Tests;

/// <summary>A throw-away PostgreSQL cluster on loopback, with a database of its own for whoever asks.</summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string User = "postgres";

    private static readonly Lazy<Task<PostgresCluster>> OfThisProcess = new(StartSharedAsync);

    private readonly string _folder;
    private readonly bool _durable;
    private PostgresServer? _server;

    private PostgresCluster(string folder, int port, bool durable)
    {
        (_folder, _durable) = (folder, durable);
        Port = port;
    }

    public int Port { get; }

    /// <summary>The server's main process.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>One cluster for all test classes, which run in parallel; it ends with the process. Never stop it: start another one for an outage.</summary>
    public static Task<PostgresCluster> Shared => OfThisProcess.Value;

    /// <param name="durable">Commits wait for the disk.</param>
    /// <exception cref="InvalidOperationException">PostgreSQL is not installed; says how it is, or did not start; says what it said.</exception>
    public static async Task<PostgresCluster> StartAsync(bool durable = false)
    {
        var folder = Directory.CreateTempSubdirectory("bemore-postgres-").FullName;
        var cluster = new PostgresCluster(folder, LoopbackPort.Free(), durable);
        try
        {
            await PostgresPrograms.HandOverAsync(folder);
            await PostgresPrograms.RunAsync(
                PostgresPrograms.Command(
                    "initdb", "-D", Path.Combine(folder, "data"), "-U", User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"),
                folder);
            await cluster.StartAgainAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new database of a random name.</summary>
    /// <param name="template">Name or URL of a database of this cluster to copy; whoever is connected to it is thrown out. Null: an empty one.</param>
    /// <returns>Its URL, as DATABASE_URL takes it.</returns>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = $"bemore_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(Unpooled("postgres"));
        await connection.OpenAsync();
        if (template is not null)
        {
            await using var others = new NpgsqlCommand("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", connection);
            others.Parameters.Add(new NpgsqlParameter { Value = NameOf(template) });
            await others.ExecuteNonQueryAsync();
        }

        await using var create = new NpgsqlCommand($"""create database "{name}" template "{NameOf(template ?? "template1")}" """, connection);
        await create.ExecuteNonQueryAsync();
        return $"postgres://{User}:{User}@127.0.0.1:{Port}/{name}";
    }

    /// <summary>Whoever is still connected to it, as the pools of a host that has stopped, is thrown out: a cluster has 100 connections for all tests.</summary>
    public async Task DropDatabaseAsync(string databaseUrlOrName)
    {
        await using var connection = await OpenAsync("postgres");
        await using var drop = new NpgsqlCommand($"""drop database "{NameOf(databaseUrlOrName)}" with (force)""", connection);
        await drop.ExecuteNonQueryAsync();
    }

    /// <summary>What Npgsql takes.</summary>
    public string ConnectionString(string databaseUrlOrName) =>
        $"Host=127.0.0.1;Port={Port};Username={User};Database={NameOf(databaseUrlOrName)};Include Error Detail=true";

    /// <summary>A connection that is open and of no pool: for what a test looks up or breaks.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string databaseUrlOrName)
    {
        var connection = new NpgsqlConnection(Unpooled(databaseUrlOrName));
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>An outage: every connection is ended and new ones are refused, until <see cref="StartAgainAsync"/>.</summary>
    /// <param name="atOnce">In the middle of whatever it does.</param>
    public async Task StopAsync(bool atOnce = false)
    {
        if (_server is { } server)
        {
            _server = null;
            await server.StopAsync(atOnce);
        }
    }

    /// <summary>It takes connections and says nothing, until <see cref="ThawAsync"/>.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    /// <summary>On the same port, with the same data; returns when connections are accepted.</summary>
    public async Task StartAgainAsync()
    {
        _server = new PostgresServer(_folder, Port, _durable);
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AcceptsConnectionsAsync(clock.Token))
        {
            if (clock.IsCancellationRequested || _server.RefusedToStart)
            {
                throw new InvalidOperationException($"PostgreSQL did not start:\n{_server.Output}");
            }

            // PostgreSQL tells nobody that it is ready: it has to be asked again.
            await Task.Delay(50, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static async Task<PostgresCluster> StartSharedAsync()
    {
        var cluster = await StartAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster._server?.EndNow();
        return cluster;
    }

    private async Task<bool> AcceptsConnectionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(Unpooled("postgres"));
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception problem) when (problem is NpgsqlException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SignalAsync(string signal)
    {
        var server = (await File.ReadAllLinesAsync(Path.Combine(_folder, "data", "postmaster.pid")))[0];
        await PostgresPrograms.RunAsync(["kill", $"-{signal}", server], _folder);
        // Of one that stands still no more are born.
        var children = (await File.ReadAllTextAsync($"/proc/{server}/task/{server}/children")).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // Some have ended meanwhile.
        await PostgresPrograms.RunAsync(["sh", "-c", $"kill -{signal} \"$@\" 2> /dev/null; true", "sh", .. children], _folder);
    }

    private string Unpooled(string database) => ConnectionString(database) + ";Pooling=false";

    private static string NameOf(string databaseUrlOrName) =>
        databaseUrlOrName.Contains("://", StringComparison.Ordinal) ? new Uri(databaseUrlOrName).AbsolutePath[1..] : databaseUrlOrName;
}
