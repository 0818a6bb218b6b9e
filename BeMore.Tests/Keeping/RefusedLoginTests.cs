using System.Text;

namespace BeMore.Tests;

/// <summary>A database, or a pooler before it, that answers only that it has nothing to give is as far away as one that does not answer.</summary>
[Collection(nameof(FragileCluster))]
public sealed class RefusedLoginTests(FragileCluster cluster)
{
    [Theory]
    [InlineData("XX000", "Max client connections reached")]
    [InlineData("XX000", ":db_handler_exited")]
    [InlineData("55000", "cannot execute in this state")]
    [InlineData("0Z123", "of nobody's standard")]
    public async Task APoolerThatRefusesIsADatabaseThatIsAway(string sqlState, string words)
    {
        var direct = await cluster.CreateDatabaseAsync();
        await using var pooler = Relay.Before(new Uri(direct));
        var url = new UriBuilder(direct) { Port = pooler.Address.Port, Query = "sslmode=disable" }.Uri.AbsoluteUri;

        await CounsellingGoesOnAsync(url, direct, () => Task.Run(() => pooler.Refuse(Error(sqlState, words))), () => Task.Run(pooler.Mend));
    }

    [Fact]
    public async Task ADatabaseThatIsCalledOtherwiseIsAwayUntilItHasItsNameAgain()
    {
        var url = await cluster.CreateDatabaseAsync();
        var name = new Uri(url).AbsolutePath[1..];

        await CounsellingGoesOnAsync(
            url,
            url,
            () => cluster.ScalarAsync<object>("postgres", $"{Ending(name)}; ALTER DATABASE \"{name}\" RENAME TO \"{name}_other\""),
            () => cluster.ScalarAsync<object>("postgres", $"ALTER DATABASE \"{name}_other\" RENAME TO \"{name}\""));
    }

    [Fact]
    public async Task AUserWhoMayNotLogInFindsADatabaseThatIsAway()
    {
        var direct = await cluster.CreateDatabaseAsync();
        var user = $"hub_{Guid.NewGuid():N}";
        await cluster.ScalarAsync<object>("postgres", $"CREATE ROLE \"{user}\" LOGIN SUPERUSER");

        await CounsellingGoesOnAsync(
            new UriBuilder(direct) { UserName = user }.Uri.AbsoluteUri,
            direct,
            () => cluster.ScalarAsync<object>("postgres", $"ALTER ROLE \"{user}\" NOLOGIN; {Ending(new Uri(direct).AbsolutePath[1..])}"),
            () => cluster.ScalarAsync<object>("postgres", $"ALTER ROLE \"{user}\" LOGIN"));
    }

    private static string Ending(string database) => $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'";

    /// <summary>An ErrorResponse of PostgreSQL's protocol, version 3.</summary>
    private static byte[] Error(string sqlState, string words)
    {
        var fields = Encoding.UTF8.GetBytes($"SFATAL\0VFATAL\0C{sqlState}\0M{words}\0\0");
        return [(byte)'E', 0, 0, 0, (byte)(4 + fields.Length), .. fields];
    }

    private async Task CounsellingGoesOnAsync(string url, string direct, Func<Task> goAway, Func<Task> comeBack)
    {
        await using var hub = await OutageHub.StartAsync(cluster, new() { ["DATABASE_URL"] = url });
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("하나");

        await goAway();
        await client.AnswerAsync("둘");
        await client.AnswerAsync("셋");

        (await hub.HealthAsync()).Database.Should().Contain("away since").And.Contain("4 entries wait");
        await comeBack();
        await JournalFolder.EmptyAsync(hub.Journal);
        (await cluster.RowsAsync(direct)).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            ((string[])["하나", "둘", "셋"]).Select(said => (said, Talk.AnswerTo(said), "answered")));
    }
}
