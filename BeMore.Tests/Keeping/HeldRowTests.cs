using System.Diagnostics;
using Npgsql;

namespace BeMore.Tests;

/// <summary>Somebody else's transaction holds the row of one session: that is no outage, and nobody else's turn suffers from it.</summary>
[Collection(nameof(FragileCluster))]
public sealed class HeldRowTests(FragileCluster cluster)
{
    private static readonly string[] Others = [.. Enumerable.Range(0, 10).Select(i => $"free-{i}")];

    [Fact]
    public async Task ATurnWhoseSessionIsHeldIsKeptInTheJournalAndTheOthersInTheDatabase()
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using var held = await hub.ConnectAsync("held");
        await held.AnswerAsync("하나");
        var free = await Task.WhenAll(Others.Select(session => hub.ConnectAsync(session)));

        await using (var holder = await HoldAsync(hub))
        {
            await Task.WhenAll([held.AnswerAsync("둘"), .. free.Select(client => client.AnswerAsync("저는요"))]);

            hub.Gemini.Requests.Should().Contain(r => r.Contents.Count == 3 && r.LastUserText == "둘", "what was said before is remembered");
            (await cluster.RowsAsync(hub.DatabaseUrl)).Select(r => (r.SessionId, r.UserMessage, r.Outcome)).Should().Equal(
                [.. Others.Select(session => (session, "저는요", "answered")), ("held", "하나", "answered")]);
            var (status, words) = await hub.HealthAsync();
            status.Should().Be(200);
            words.Should().Contain("2 entries wait");
        }

        (await hub.RowsAsync()).Where(r => r.SessionId == "held").Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            ("하나", Talk.AnswerTo("하나"), "answered"), ("둘", Talk.AnswerTo("둘"), "answered"));
        hub.App.Logs.Named("DatabaseWentAway").Should().BeEmpty();
        foreach (var client in free)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhatTheJournalHasOfAHeldSessionHoldsNothingElseUp()
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using (var held = await hub.ConnectAsync("held"))
        await using (var free = await hub.ConnectAsync("free"))
        {
            await cluster.GoAwayAsync();
            await held.AnswerAsync("하나");
            await free.AnswerAsync("저는요");
            await held.AnswerAsync("둘");
        }

        await hub.StopAsync();
        await cluster.ComeBackAsync();
        await hub.CountAsync("INSERT INTO sessions (session_id) VALUES ('held') ON CONFLICT DO NOTHING");
        await using (var holder = await HoldAsync(hub))
        {
            await hub.StartAgainAsync();

            for (var asked = Stopwatch.StartNew(); (await cluster.RowsAsync(hub.DatabaseUrl)).All(r => r.Outcome != "answered"); await Task.Delay(50))
            {
                asked.Elapsed.Should().BeLessThan(Pulse.Patience, "the other's turn is stored");
            }

            (await cluster.RowsAsync(hub.DatabaseUrl)).Select(r => r.UserMessage).Should().Equal("저는요");
            JournalFolder.Files(hub.Journal).Should().ContainSingle();
            hub.App.Logs.Named("DatabaseWentAway").Should().BeEmpty();
        }

        (await hub.RowsAsync()).Select(r => (r.SessionId, r.UserMessage, r.Outcome)).Should().Equal(
            ("free", "저는요", "answered"), ("held", "하나", "answered"), ("held", "둘", "answered"));
    }

    /// <summary>Until it is disposed of.</summary>
    private async Task<NpgsqlConnection> HoldAsync(OutageHub hub)
    {
        var holder = await cluster.OpenAsync(hub.DatabaseUrl);
        await new NpgsqlCommand("BEGIN; SELECT FROM sessions WHERE session_id = 'held' FOR UPDATE", holder).ExecuteNonQueryAsync();
        return holder;
    }
}
