using System.Text.Json;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 5, on the program itself: what it says, and with what it ends.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private const string Secret = "secretpw";
    private const string Nowhere = "postgres://u:secretpw@127.0.0.1:9/d";

    private readonly string _folder = Directory.CreateTempSubdirectory("bemore-env-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("PORT", "abc", "a whole number from 0 to 65535")]
    [InlineData("PORT", "70000", "a whole number from 0 to 65535")]
    [InlineData("PORT", "-1", "a whole number from 0 to 65535")]
    [InlineData("PORT", "80.5", "a whole number from 0 to 65535")]
    [InlineData("MAX_AI_REQUESTS_PER_MINUTE", "0", "a whole number from 1")]
    [InlineData("MAX_AI_REQUESTS_PER_MINUTE", "ten", "a whole number from 1")]
    [InlineData("MAX_AI_REQUESTS_PER_MINUTE", "99999999999999999999", "a whole number from 1")]
    [InlineData("STREAM_CHUNK_INTERVAL_MS", "-1", "a whole number of milliseconds from 0")]
    [InlineData("GEMINI_HEDGE_AFTER_MS", "-1", "a whole number of milliseconds from 0")]
    [InlineData("RESUME_GRACE_SECONDS", "1s", "a whole number of seconds from 0")]
    [InlineData("SHUTDOWN_GRACE_SECONDS", "-5", "a whole number of seconds from 0")]
    [InlineData("UNKNOWN_SESSIONS", "maybe", "create or refuse")]
    [InlineData("REQUEST_WHILE_ANSWERING", "maybe", "queue or interrupt")]
    [InlineData("JOURNAL_MAX_MB", "0", "a whole number of megabytes from 1")]
    [InlineData("GEMINI_BASE_URL", "ftp://x", "http:// or https://")]
    [InlineData("GEMINI_BASE_URL", "generativelanguage.googleapis.com", "http:// or https://")]
    [InlineData("GEMINI_MODEL", "models/gemini", "gemini-flash-latest")]
    [InlineData("GEMINI_FALLBACK_MODEL", "a b", "gemini-flash-latest")]
    [InlineData("ALLOWED_ORIGINS", "*", "https://app.example.com")]
    [InlineData("ALLOWED_ORIGINS", "app.example.com", "https://app.example.com")]
    [InlineData("ALLOWED_ORIGINS", "https://app.example.com/path", "https://app.example.com")]
    [InlineData("BACKEND_URL", "backend.example.com", "http:// or https://")]
    [InlineData("BACKEND_URL", "wss://backend.example.com", "http:// or https://")]
    [InlineData("BACKEND_URL", "https://backend.example.com/?a=b", "no query")]
    [InlineData("BACKEND_URL", "https://backend.example.com/#top", "host or its path")]
    [InlineData("TRUSTED_PROXIES", "proxy.example.com", "10.0.0.0/8")]
    [InlineData("TRUSTED_PROXIES", "10", "10.0.0.0/8")]
    [InlineData("TRUSTED_PROXIES", "10.0.0.0/33", "10.0.0.0/8")]
    [InlineData("TRUSTED_PROXIES", "*", "10.0.0.0/8")]
    [InlineData("METRICS_PORT", "prometheus", "a whole number from 0 to 65535")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "http:// or https://")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector", "http:// or https://")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http", "grpc or http/protobuf")]
    [InlineData("OTEL_TRACES_EXPORTER", "zipkin", "otlp or none")]
    [InlineData("OTEL_TRACES_SAMPLER", "often", "parentbased_traceidratio")]
    [InlineData("RETENTION_DAYS", "0", "a whole number of days from 1 to 36500")]
    [InlineData("RETENTION_DAYS", "30d", "a whole number of days from 1 to 36500")]
    [InlineData("TALK_PAGE", "yes", "true or false")]
    [InlineData("API_DOCUMENTS", "yes", "true or false")]
    public async Task AWrongValueStopsTheStartWithOneSentence(string variable, string value, string right)
    {
        await using var hub = HubProcess.Start(Production(variable, value));

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Lines.Should().ContainSingle().Which.Should().StartWith($"{variable} is \"{value}\", but must be ").And.Contain(right);
    }

    [Fact]
    public async Task TheMetricsDoorIsNotTheDoorThatEverybodyReaches()
    {
        var settings = Production("PORT", "8123");
        settings["METRICS_PORT"] = "8123";
        await using var hub = HubProcess.Start(settings);

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Lines.Should().ContainSingle().Which.Should().Be("METRICS_PORT is \"8123\", but must be another port than PORT, which everybody reaches.");
    }

    [Theory]
    [InlineData("DATABASE_URL", "mysql://u:secretpw@h/d", "mysql://***")]
    [InlineData("DATABASE_URL", "secretpw", "***")]
    [InlineData("DATABASE_URL", "Host=h;Username=u;Password=secretpw", "***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h", "postgres://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h/", "postgres://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@/d", "postgres://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h:99999/d", "postgres://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h:0/d", "postgres://***")]
    [InlineData("DATABASE_URL", "postgresql://u:secretpw@h/d?sslmode=maybe", "postgresql://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h/d?connect_timeout=secretpw", "postgres://***")]
    [InlineData("DATABASE_URL", "postgres://u:secretpw@h/d?password2=secretpw", "postgres://***")]
    [InlineData("GEMINI_API_KEY", "secretpw secretpw", "***")]
    [InlineData("GEMINI_API_KEY", "키-secretpw", "***")]
    [InlineData("BACKEND_URL", "https://u:secretpw@backend.example.com", "https://***")]
    [InlineData("REDIS_URL", "secretpw", "***")]
    [InlineData("REDIS_URL", "secretpw@localhost:6379", "***")]
    [InlineData("REDIS_URL", "localhost:6379,password=secretpw", "***")]
    [InlineData("REDIS_URL", "localhost:secretpw", "***")]
    [InlineData("REDIS_URL", "http://u:secretpw@localhost", "http://***")]
    [InlineData("REDIS_URL", "redis://:secretpw@", "redis://***")]
    [InlineData("REDIS_URL", "redis://:secretpw@localhost:99999", "redis://***")]
    [InlineData("REDIS_URL", "redis://:secretpw@localhost:0", "redis://***")]
    [InlineData("REDIS_URL", "redis://:secret/pw@localhost", "redis://***")]
    [InlineData("REDIS_URL", "rediss://:secretpw@localhost/first", "rediss://***")]
    [InlineData("REDIS_URL", "rediss://:secretpw@localhost/0?ssl_cert_reqs=none", "rediss://***")]
    public async Task AWrongSecretIsNamedAndNotShown(string variable, string value, string shown)
    {
        await using var hub = HubProcess.Start(Production(variable, value));

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Lines.Should().ContainSingle().Which.Should().StartWith($"{variable} is \"{shown}\", but must be ").And.NotContain(Secret);
    }

    [Theory]
    [InlineData("DATABASE_URL", null)]
    [InlineData("DATABASE_URL", "")]
    [InlineData("DATABASE_URL", "  ")]
    [InlineData("GEMINI_API_KEY", null)]
    [InlineData("GEMINI_API_KEY", " ")]
    public async Task ProductionDoesNotStartWithoutADatabaseOrAKey(string variable, string? value)
    {
        await using var hub = HubProcess.Start(Production(variable, value));

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Lines.Should().ContainSingle().Which.Should().StartWith($"{variable} is not set, but must be in Production").And.NotContain(Secret);
    }

    [Fact]
    public async Task BlankVariablesCountAsUnset()
    {
        var settings = Production("UNKNOWN_SESSIONS", "");
        foreach (var name in MachineSettings.Names.Except(settings.Keys).Where(name => !name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)))
        {
            settings[name] = " ";
        }

        await using var hub = HubProcess.Start(settings);

        (await HealthAsync(hub)).GetProperty("model").GetString().Should().Contain("gemini-flash-latest");
    }

    [Fact]
    public async Task InProductionItListensToEverybodyAndInDevelopmentToThisMachineAlone()
    {
        await using var production = HubProcess.Start(Production("PORT", "0"));
        await using var development = HubProcess.Start(new Dictionary<string, string?> { ["DOTNET_ENVIRONMENT"] = "Development", ["PORT"] = "0" });

        await production.WaitForListeningAsync();
        await development.WaitForListeningAsync();

        production.Output.Should().Contain("Now listening on: http://0.0.0.0:");
        development.Output.Should().Contain("Now listening on: http://127.0.0.1:");
    }

    [Fact]
    public async Task AnEnvFileIsReadAndNeverOverridesWhatIsSet()
    {
        await using var hub = await StartWithEnvFileAsync(
            $"""
            # What a person keeps at the root of the checkout.
            DATABASE_URL="{Nowhere}"
            GEMINI_API_KEY=key # of nobody
            GEMINI_MODEL=model-of-the-file
            GEMINI_FALLBACK_MODEL=fallback-of-the-file
            PORT=abc

            UNKNOWN_SESSIONS='create'
            """,
            new() { ["PORT"] = "0", ["GEMINI_FALLBACK_MODEL"] = "fallback-of-the-environment" });

        (await HealthAsync(hub)).GetProperty("model").GetString().Should().Contain("model-of-the-file").And.Contain("fallback-of-the-environment");
    }

    [Fact]
    public async Task AWrongValueInAnEnvFileIsNamedLikeAnyOther()
    {
        await using var hub = await StartWithEnvFileAsync("PORT=abc\n", new() { ["DATABASE_URL"] = Nowhere, ["GEMINI_API_KEY"] = "key" });

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Lines.Should().ContainSingle().Which.Should().StartWith("PORT is \"abc\", but must be ");
    }

    [Fact]
    public async Task WithNothingConfiguredDevelopmentRunsOnAnEmbeddedDatabaseWithTheDemoCounsellor()
    {
        await using var hub = HubProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["PORT"] = "0" });
        var http = await hub.WaitForListeningAsync();

        await using var client = await RawSocketClient.ConnectAsync(new Uri($"ws://127.0.0.1:{http.Port}/ws/session/test_session_123"));
        await client.RequestAsync("안녕하세요", "sad");
        var answer = await client.ReadTurnAsync();

        answer[^1].Type.Should().Be(Frame.Complete);
        answer.Text().Should().Contain("데모").And.Contain("AI가 아니라");
        hub.Output.Should().Contain("demo counsellor").And.Contain("embedded");
        var health = await HealthAsync(hub);
        health.GetProperty("status").GetString().Should().Be("ok");
        health.GetProperty("model").GetString().Should().Contain("demo");
        health.GetProperty("database").GetString().Should().Contain("SQLite");
        File.Exists(Path.Combine(hub.WorkingDirectory, "bemore.db")).Should().BeTrue();
    }

    [Fact]
    public async Task MigrateMakesTheTablesAndEnds()
    {
        var cluster = await PostgresCluster.Shared;
        var url = await cluster.CreateDatabaseAsync();
        foreach (var _ in (string[])["once", "twice"])
        {
            await using var hub = HubProcess.Start(Production("DATABASE_URL", url), arguments: "migrate");

            (await hub.WaitForExitAsync()).Should().Be(0, hub.Output);
        }

        await using var connection = await cluster.OpenAsync(url);
        await using var query = new NpgsqlCommand("SELECT count(*) FROM conversations", connection);
        (await query.ExecuteScalarAsync()).Should().Be(0L);
    }

    [Fact]
    public async Task MigrateWithoutADatabaseFailsAndDoesNotShowThePassword()
    {
        await using var hub = HubProcess.Start(Production("DATABASE_URL", Nowhere), arguments: "migrate");

        (await hub.WaitForExitAsync()).Should().NotBe(0);

        hub.Output.Should().NotContain(Secret);
    }

    private static Dictionary<string, string?> Production(string variable, string? value) => new()
    {
        ["PORT"] = "0",
        ["DATABASE_URL"] = Nowhere,
        ["GEMINI_API_KEY"] = "key",
        [variable] = value,
    };

    private async Task<HubProcess> StartWithEnvFileAsync(string text, Dictionary<string, string?> settings)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, ".env"), text);
        return HubProcess.Start(settings, _folder);
    }

    /// <summary>Also where the database is away: 503 has the same body.</summary>
    private static async Task<JsonElement> HealthAsync(HubProcess hub)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(await hub.WaitForListeningAsync(), "health"));
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
