namespace BeMore.Tests;

/// <summary>The hub as a process that may be killed and started anew, over a database, a journal and a Gemini that stay.</summary>
internal sealed class HubHouse : IAsyncDisposable
{
    private readonly FragileCluster _cluster;
    private readonly Dictionary<string, string?> _settings;
    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-house-").FullName;
    private HubProcess _process;

    private HubHouse(FragileCluster cluster, FakeGemini gemini, Dictionary<string, string?> settings)
    {
        (_cluster, Gemini, _settings) = (cluster, gemini, settings);
        _settings["JOURNAL_DIRECTORY"] = Journal;
        _process = HubProcess.Start(_settings, _folder);
    }

    public FakeGemini Gemini { get; }

    public Uri Http { get; private set; } = null!;

    public HubProcess Process => _process;

    public string Journal => Path.Combine(_folder, "journal");

    public static async Task<HubHouse> StartAsync(FragileCluster cluster, Dictionary<string, string?>? settings = null)
    {
        var gemini = await FakeGemini.StartAsync();
        gemini.Always(Talk.Answer);
        var all = new Dictionary<string, string?>
        {
            ["PORT"] = "0",
            ["DATABASE_URL"] = await cluster.CreateDatabaseAsync(),
            ["GEMINI_API_KEY"] = "key",
            ["GEMINI_BASE_URL"] = gemini.BaseUrl,
            ["UNKNOWN_SESSIONS"] = "create",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            ["MAX_AI_REQUESTS_PER_MINUTE"] = "100000",
            // Gemini's silence is the test's own.
            ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000",
            ["GEMINI_FIRST_CHUNK_TIMEOUT_MS"] = "120000",
            ["GEMINI_ANSWER_START_TIMEOUT_MS"] = "120000",
        };
        foreach (var (name, value) in settings ?? [])
        {
            all[name] = value;
        }

        var house = new HubHouse(cluster, gemini, all);
        house.Http = await house._process.WaitForListeningAsync();
        return house;
    }

    /// <summary>SIGKILL; returns when it is no more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task StartAgainAsync()
    {
        await _process.DisposeAsync();
        _process = HubProcess.Start(_settings, _folder);
        Http = await _process.WaitForListeningAsync();
    }

    public Task<RawSocketClient> ConnectAsync(string sessionId) =>
        RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{Http.Port}/ws/session/{sessionId}"));

    /// <summary>When the journal is empty.</summary>
    public async Task<IReadOnlyList<KeptRow>> RowsAsync()
    {
        await JournalFolder.EmptyAsync(Journal);
        return await _cluster.RowsAsync(_settings["DATABASE_URL"]!);
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await Gemini.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
