using System.Text.Json;

namespace BeMore.Tests;

/// <summary>The hub over a database that may go away. It may be started anew, over what it left.</summary>
internal sealed class OutageHub : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private readonly FragileCluster _cluster;
    private readonly string _environment;

    private OutageHub(FragileCluster cluster, FakeGemini gemini, Dictionary<string, string?> settings, string environment)
    {
        (_cluster, Gemini, _settings, _environment) = (cluster, gemini, settings, environment);
        gemini.Always(Talk.Answer);
    }

    public FakeGemini Gemini { get; }

    public BeMoreApplication App { get; private set; } = null!;

    public string DatabaseUrl => _settings["DATABASE_URL"]!;

    public string Journal => _settings["JOURNAL_DIRECTORY"]!;

    /// <param name="settings">Over those of this class: another hub's database and journal, say.</param>
    public static async Task<OutageHub> StartAsync(
        FragileCluster cluster, Dictionary<string, string?>? settings = null, TimeProvider? time = null, string environment = "Development")
    {
        var gemini = await FakeGemini.StartAsync();
        var all = new Dictionary<string, string?>
        {
            ["GEMINI_BASE_URL"] = gemini.BaseUrl,
            ["GEMINI_API_KEY"] = "test-key",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            ["MAX_AI_REQUESTS_PER_MINUTE"] = "100000",
            ["JOURNAL_DIRECTORY"] = Path.Combine(Path.GetTempPath(), $"bemore-journal-{Guid.NewGuid():N}"),
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        if (!all.ContainsKey("DATABASE_URL"))
        {
            all["DATABASE_URL"] = await cluster.CreateDatabaseAsync();
        }

        var hub = new OutageHub(cluster, gemini, all, environment);
        await hub.StartAgainAsync(time);
        return hub;
    }

    public async Task StartAgainAsync(TimeProvider? time = null) => App = await BeMoreApplication.StartAsync(_environment, _settings, time);

    /// <summary>In an orderly way; what it could not store stays in the journal.</summary>
    public async Task StopAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }

    public Task<RawSocketClient> ConnectAsync(string sessionId = "s") => App.ConnectAsync(sessionId);

    /// <summary>When the database is back and has everything.</summary>
    public async Task<IReadOnlyList<KeptRow>> RowsAsync()
    {
        await JournalFolder.EmptyAsync(Journal);
        return await _cluster.RowsAsync(DatabaseUrl);
    }

    public Task<long> CountAsync(string sql) => _cluster.ScalarAsync<long>(DatabaseUrl, sql)!;

    public async Task<(int Status, string Database)> HealthAsync()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(App.Http, "health"));
        using var words = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, words.RootElement.GetProperty("database").GetString()!);
    }

    public async Task<int> CallAsync(HttpMethod method, string path)
    {
        using var http = new HttpClient();
        using var call = new HttpRequestMessage(method, new Uri(App.Http, path));
        using var answer = await http.SendAsync(call);
        return (int)answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Gemini.DisposeAsync();
        if (Directory.Exists(Journal))
        {
            Directory.Delete(Journal, recursive: true);
        }
    }
}
