using System.Net;
using System.Text.Json;
using BeMore.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace BeMore.Tests;

/// <summary>protocol.md, section 5: the state of database and model in words.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task AllIsWellInWordsAndWithoutSecrets()
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_API_KEY"] = "secret-key", ["GEMINI_MODEL"] = "gemini-x" });

        var (status, words, raw) = await AskAsync(hub.App);

        status.Should().Be(HttpStatusCode.OK);
        words["status"].Should().Be("ok");
        words["database"].Should().Contain("PostgreSQL").And.Contain("reachable");
        words["model"].Should().Contain("gemini-x").And.Contain("gemini-flash-lite-latest");
        raw.Should().NotContain("secret").And.NotContain("postgres:").And.NotContain("127.0.0.1");
    }

    [Fact]
    public async Task ADemoSaysThatItIsOne()
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_API_KEY"] = "" });

        (await AskAsync(hub.App)).Words["model"].Should().Contain("demo").And.Contain("GEMINI_API_KEY");
    }

    [Fact]
    public async Task MissingTablesAreSaidToBeMissing()
    {
        await using var app = await StartAsync(await (await PostgresCluster.Shared).CreateDatabaseAsync());

        var (status, words, _) = await AskAsync(app);

        status.Should().Be(HttpStatusCode.ServiceUnavailable);
        words["status"].Should().Be("unavailable");
        words["database"].Should().Contain("tables are missing").And.Contain("migrations");
        (await AskAsync(app, "health/live")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task ADatabaseThatWasStartedAnewUnnoticedCostsNoTurn()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var app = await StartAsync(await MigratedAsync(cluster));
        await using var client = await app.ConnectAsync("s");
        (await TurnAsync(client)).Type.Should().Be(Frame.Complete);

        await cluster.StopAsync();
        await cluster.StartAgainAsync();

        (await TurnAsync(client)).Type.Should().Be(Frame.Complete, "the dead connections in the pool are the hub's own business");
    }

    [Fact]
    public async Task AnOutageIsSaidWhileItLastsAndIsOverWhenItIsOver()
    {
        await using var cluster = await PostgresCluster.StartAsync();
        await using var app = await StartAsync(await MigratedAsync(cluster));
        await using var client = await app.ConnectAsync("s");
        (await TurnAsync(client)).Type.Should().Be(Frame.Complete);

        await cluster.StopAsync();

        var (status, words, raw) = await AskAsync(app);
        status.Should().Be(HttpStatusCode.ServiceUnavailable);
        words["database"].Should().ContainAny("cannot be reached", "away since");
        words["model"].Should().Contain("demo", "the other half is as it was");
        raw.Should().NotContain("127.0.0.1").And.NotContain("postgres:").And.NotContain("xception");
        (await AskAsync(app, "health/live")).Status.Should().Be(HttpStatusCode.OK);
        (await TurnAsync(client)).Type.Should().Be(Frame.Complete, "the turn is in the journal");
        (await AskAsync(app)).Words["database"].Should().Contain("away since").And.Contain("2 entries wait");

        await cluster.StartAgainAsync();

        (await AskAsync(app)).Status.Should().Be(HttpStatusCode.OK);
        (await TurnAsync(client)).Type.Should().Be(Frame.Complete, "the socket that was open is as good as before");
        NpgsqlConnection.ClearAllPools();
    }

    [Fact]
    public async Task LivenessNeedsNothing()
    {
        await using var app = await StartAsync("postgres://u:p@127.0.0.1:9/d");

        var (status, words, _) = await AskAsync(app, "health/live");

        status.Should().Be(HttpStatusCode.OK);
        words["status"].Should().Be("ok");
    }

    private static Task<BeMoreApplication> StartAsync(string databaseUrl) =>
        BeMoreApplication.StartAsync(settings: new Dictionary<string, string?> { ["DATABASE_URL"] = databaseUrl, ["STREAM_CHUNK_INTERVAL_MS"] = "0" });

    private static async Task<string> MigratedAsync(PostgresCluster cluster)
    {
        var url = await cluster.CreateDatabaseAsync();
        var options = new DbContextOptionsBuilder<BeMoreDbContext>();
        options.UseBeMorePostgres(cluster.ConnectionString(url));
        await using var db = new BeMoreDbContext(options.Options);
        await db.Database.MigrateAsync();
        return url;
    }

    private static async Task<Frame> TurnAsync(RawSocketClient client)
    {
        await client.RequestAsync("안녕하세요");
        return (await client.ReadTurnAsync())[^1];
    }

    private static async Task<(HttpStatusCode Status, Dictionary<string, string> Words, string Raw)> AskAsync(BeMoreApplication app, string path = "health")
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(app.Http, path));
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
        var raw = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, JsonSerializer.Deserialize<Dictionary<string, string>>(raw)!, raw);
    }
}
