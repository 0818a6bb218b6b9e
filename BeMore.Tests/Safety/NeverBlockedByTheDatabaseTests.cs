namespace BeMore.Tests;

/// <summary>A database that falls silent keeps help from nobody, and help is kept all the same.</summary>
[Collection(nameof(FragileCluster))]
public sealed class NeverBlockedByTheDatabaseTests(FragileCluster cluster)
{
    [Fact]
    public async Task WhileItIsSilentEverybodyIsHelpedAndAllOfItIsKept()
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        var clients = await Task.WhenAll(NeverBlockedTests.Phrases.Select((_, i) => hub.ConnectAsync($"s{i:00}")));
        await cluster.FreezeAsync();

        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            await client.RequestAsync(NeverBlockedTests.Phrases[i]);
            NeverBlockedTests.IsHelped(await client.ReadTurnAsync(TimeSpan.FromSeconds(30)), NeverBlockedTests.Phrases[i]);
        }));

        var journal = string.Concat(await JournalFolder.LinesAsync(hub.Journal));
        foreach (var client in clients)
        {
            journal.Should().Contain(client.Received[1].Chunk!.TrimEnd(), "complete means kept");
        }

        await cluster.ComeBackAsync();
        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse)).Should().Equal(
            clients.Select((client, i) => (NeverBlockedTests.Phrases[i], client.Received.Text())));
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }
}
