namespace BeMore.Tests;

/// <summary>The database goes away and comes back under many who talk: who was told that an answer is complete finds it in the record, once.</summary>
[Collection(nameof(FragileCluster))]
public sealed class OutageLoadTests(FragileCluster cluster)
{
    private const int Sockets = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task NothingIsLostOrDoubledOrOutOfOrder(bool hangs)
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        var clients = await Task.WhenAll(Enumerable.Range(0, Sockets).Select(i => hub.ConnectAsync($"s{i}")));
        using var enough = new CancellationTokenSource();
        var turns = 0;
        var talks = clients.Select(TalkAsync).ToArray();

        // Turns of all of them before each change, not a time.
        await TurnsAsync(5 * Sockets);
        for (var outage = 1; outage <= 2; outage++)
        {
            await (hangs ? cluster.FreezeAsync() : cluster.GoAwayAsync());
            await TurnsAsync(10 * Sockets);
            await cluster.ComeBackAsync();
            await TurnsAsync(5 * Sockets);
            await JournalFolder.EmptyAsync(hub.Journal);
        }

        await enough.CancelAsync();
        var acknowledged = await Task.WhenAll(talks);

        var rows = (await hub.RowsAsync()).ToLookup(r => r.SessionId);
        for (var i = 0; i < Sockets; i++)
        {
            rows[$"s{i}"].Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
                acknowledged[i].Select(m => (m, Talk.AnswerTo(m), "answered")), "s{0} was told so", i);
        }

        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        async Task<List<string>> TalkAsync(RawSocketClient client)
        {
            var said = new List<string>();
            while (!enough.IsCancellationRequested)
            {
                var message = $"{said.Count + 1}번째 말";
                await client.AnswerAsync(message);
                said.Add(message);
                Interlocked.Increment(ref turns);
            }

            return said;
        }

        async Task TurnsAsync(int more)
        {
            var until = Volatile.Read(ref turns) + more;
            while (Volatile.Read(ref turns) < until)
            {
                var failed = talks.FirstOrDefault(t => t.IsFaulted);
                if (failed is not null)
                {
                    await failed;
                }

                // They talk at their own pace.
                await Task.Delay(10);
            }
        }
    }
}
