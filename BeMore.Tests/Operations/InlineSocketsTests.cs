namespace BeMore.Tests;

/// <summary>
/// On which threads the program works on what its sockets bring: on those that hear of it, of which the runtime has one for each processor
/// then, and else one in all. The program itself is asked, because in a test's own process it chooses nothing.
/// </summary>
public sealed class InlineSocketsTests
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(true, "0", false)]
    [InlineData(false, null, false)]
    public async Task WhereNoDatabaseBlocksThemAndNobodyForbidsItTheyWorkOnItThemselves(bool hasServer, string? said, bool isInline)
    {
        var database = await TestHub.CreateDatabaseAsync();
        var settings = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["PORT"] = "0", [Variable] = said };
        if (hasServer)
        {
            settings["DATABASE_URL"] = database;
        }

        await using (var hub = HubProcess.Start(settings))
        {
            await using var client = await hub.ConnectAsync("s");
            await client.PingAsync();
            await client.NextAsync();

            var threads = Directory.GetDirectories($"/proc/{hub.Id}/task").Count(thread => File.ReadAllText(Path.Combine(thread, "comm")).Trim() == ".NET Sockets");
            threads.Should().Be(isInline ? Environment.ProcessorCount : 1);
        }

        await (await PostgresCluster.Shared).DropDatabaseAsync(database);
    }
}
