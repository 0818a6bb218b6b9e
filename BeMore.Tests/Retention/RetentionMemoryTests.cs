using BeMore.Retention;

namespace BeMore.Tests;

/// <summary>What RETENTION_DAYS deletes from the database comes back from nowhere: not from memory, not from the journal.</summary>
[Collection(nameof(FragileCluster))]
public sealed class RetentionMemoryTests(FragileCluster cluster)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatIsDeletedIsRememberedByNobodyAlsoWhileTheDatabaseIsAway(bool isAway)
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("어제 한 말");
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "RetentionIsOn");
        await hub.CountAsync("UPDATE sessions SET created_at = now() - interval '1 hour'");
        await hub.CountAsync("UPDATE conversations SET created_at = now() - interval '25 hours'");

        time.Advance(TimeSpan.FromHours(25));
        await RoundAsync(hub, time, "RecordsDeleted");
        if (isAway)
        {
            await cluster.GoAwayAsync();
        }

        await client.AnswerAsync("오늘 한 말");
        hub.Gemini.Requests[^1].Contents.Select(c => c.Text).Should().Equal("오늘 한 말");
        if (isAway)
        {
            await time.WaitBeganAsync(TimeSpan.FromSeconds(1));
            await cluster.ComeBackAsync();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("오늘 한 말");
    }

    [Fact]
    public async Task WhatADeletedTalkWasAboutIsForgottenToo()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await using var client = await hub.ConnectAsync();
        await client.TurnAsync("요즘 계속 죽고 싶다는 생각만 들어요");
        await client.AnswerAsync("밥 먹었어요");
        hub.Gemini.Requests[^1].SystemInstruction.Should().Contain("[안전]");
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "RetentionIsOn");
        await hub.CountAsync("UPDATE conversations SET created_at = now() - interval '25 hours'");

        time.Advance(TimeSpan.FromHours(25));
        await RoundAsync(hub, time, "RecordsDeleted");

        await client.AnswerAsync("오늘도 먹었어요");
        hub.Gemini.Requests[^1].SystemInstruction.Should().NotContain("[안전]");
    }

    [Fact]
    public async Task WhatAnErasedTalkWasAboutIsForgottenAtOnce()
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using (var client = await hub.ConnectAsync())
        {
            await client.TurnAsync("요즘 계속 죽고 싶다는 생각만 들어요");
            await client.AnswerAsync("밥 먹었어요");
            hub.Gemini.Requests[^1].SystemInstruction.Should().Contain("[안전]");
        }

        (await hub.CallAsync(HttpMethod.Delete, "api/session/s")).Should().Be(200);

        await using var again = await hub.ConnectAsync();
        await again.AnswerAsync("오늘도 먹었어요");
        hub.Gemini.Requests[^1].SystemInstruction.Should().NotContain("[안전]");
    }

    [Fact]
    public async Task ADatabaseThatIsAwayIsNoErrorAndIsTriedAgainAMinuteLater()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        await hub.CountAsync("INSERT INTO sessions (session_id) VALUES ('s')");
        await hub.CountAsync("INSERT INTO conversations (session_id, user_message, ai_response, timestamp, created_at) VALUES ('s', 'q', 'a', 0, now() - interval '2 days')");
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "RetentionIsOn");
        await cluster.GoAwayAsync();

        time.Advance(LongestDelay);
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "RetentionPostponed");
        await time.WaitBeganAsync(RetentionJob.SoonAgain);
        hub.App.Logs.Named("RetentionFailed").Should().BeEmpty();
        hub.App.Logs.Named("DatabaseWentAway").Should().BeEmpty("turns find that out by themselves");
        await cluster.ComeBackAsync();

        time.Advance(RetentionJob.SoonAgain);
        await RoundAsync(hub, time, "RecordsDeleted");
        (await hub.RowsAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(28, false)]
    public async Task WhatWaitedInTheJournalIsAsOldAsItIsAndNotAsItsStoring(int hours, bool isStored)
    {
        await using var hub = await StartAsync(new ObservedTime());
        await using (var client = await hub.ConnectAsync())
        {
            await cluster.GoAwayAsync();
            await client.AnswerAsync("전에 한 말");
        }

        await hub.StopAsync();
        var later = new ObservedTime();
        later.Advance(TimeSpan.FromHours(hours));
        await hub.StartAgainAsync(later);
        await cluster.ComeBackAsync();
        await later.WaitBeganAsync(TimeSpan.FromSeconds(1));
        later.Advance(TimeSpan.FromSeconds(1));

        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal(isStored ? ["전에 한 말"] : []);
        hub.App.Logs.Named("JournalEntriesExpired").Should().HaveCount(isStored ? 0 : 1);
        Directory.EnumerateFiles(hub.Journal).Should().BeEmpty();
    }

    [Fact]
    public async Task AFileOfTheJournalThatNobodyCouldReadIsNotKeptForEver()
    {
        var time = new ObservedTime();
        await using var hub = await StartAsync(time);
        var (old, young) = (Path.Combine(hub.Journal, "turns-2000-01-01-old.unreadable"), Path.Combine(hub.Journal, "turns-2000-01-01-young.unreadable"));
        foreach (var file in (string[])[old, young])
        {
            await File.WriteAllTextAsync(file, "오래된 말");
        }

        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "RetentionIsOn");

        time.Advance(LongestDelay);
        await RoundAsync(hub, time, "RecordsDeleted");

        Directory.EnumerateFiles(hub.Journal).Should().Equal(young);
    }

    private Task<OutageHub> StartAsync(ObservedTime time) => OutageHub.StartAsync(
        cluster, new() { ["RETENTION_DAYS"] = "1", ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, time);

    /// <summary>A round that has begun, to its end: the clock goes on over each of its pauses.</summary>
    private static async Task RoundAsync(OutageHub hub, ObservedTime time, string end)
    {
        var ended = hub.App.Logs.WaitForAsync(e => e.Event.Name == end, TimeSpan.FromSeconds(30));
        while (await Task.WhenAny(ended, Task.Delay(20)) != ended)
        {
            time.Advance(RetentionJob.Pause);
        }

        await ended;
    }
}
