namespace BeMore.Tests;

/// <summary>The journal's files: what is acknowledged is in them, whatever becomes of the process or of the disk.</summary>
[Collection(nameof(FragileCluster))]
public sealed class JournalTests(FragileCluster cluster)
{
    [Fact]
    public async Task AFullJournalIsAnErrorAndNoHangAndNothingThatWasAcknowledgedIsLost()
    {
        await using var hub = await OutageHub.StartAsync(cluster, new() { ["JOURNAL_MAX_MB"] = "1" });
        await using var client = await hub.ConnectAsync();
        await cluster.GoAwayAsync();

        var acknowledged = new List<string>();
        IReadOnlyList<Frame> frames;
        var message = "";
        while ((frames = await client.TurnAsync(message = $"{acknowledged.Count} {new string('가', 1990)}"))[^1].Type == Frame.Complete)
        {
            acknowledged.Add(message);
        }

        frames[^1].Code.Should().Be("INTERNAL");
        acknowledged.Should().HaveCountGreaterThan(20, "it was full, not broken");
        await cluster.ComeBackAsync();

        var rows = await hub.RowsAsync();
        rows.Where(r => r.Outcome == "answered").Select(r => (r.UserMessage, r.AiResponse)).Should().Equal(acknowledged.Select(m => (m, Talk.AnswerTo(m))));
        rows.Select(r => r.UserMessage).Should().OnlyHaveUniqueItems();
        await client.AnswerAsync("이제 돼요?");
    }

    [Fact]
    public async Task AnUnusableDirectoryStopsTheStartWithOneSentence()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var hub = HubProcess.Start(new Dictionary<string, string?>
            {
                ["PORT"] = "0",
                ["DATABASE_URL"] = "postgres://u:p@127.0.0.1:9/d",
                ["GEMINI_API_KEY"] = "key",
                ["JOURNAL_DIRECTORY"] = Path.Combine(file, "journal"),
            });

            (await hub.WaitForExitAsync()).Should().Be(78);
            hub.Lines.Should().ContainSingle().Which.Should().StartWith("JOURNAL_DIRECTORY is ").And.Contain("a directory in which the hub may write");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("half a line")]
    [InlineData("00000000 {\"half a li")]
    [InlineData("rubbish\n", "rubbish")]
    [InlineData("00000000 {\"Turn\":null}\n", "00000000 {\"Turn\":null}")]
    [InlineData("\n\n\n", "")]
    public async Task WhatCannotBeReadHarmsNothingElse(string? added, string? kept = null)
    {
        await using var hub = await LeaveEntriesAsync();
        var file = JournalFolder.Files(hub.Journal).Single();
        await File.AppendAllTextAsync(file, added);

        await hub.StartAgainAsync();
        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(("하나", "answered"), ("둘", "answered"));
        Directory.EnumerateFiles(hub.Journal, "*.unreadable").Count().Should().Be(kept is null ? 0 : 1, "what nobody was told of is nobody's; a line is looked at by somebody");
        hub.App.Logs.Named("JournalUnreadable").Should().HaveCount(kept is null ? 0 : 1);
    }

    [Fact]
    public async Task ALineThatIsDamagedCostsThatLineAlone()
    {
        await using var hub = await LeaveEntriesAsync();
        var file = JournalFolder.Files(hub.Journal).Single();
        var lines = await File.ReadAllLinesAsync(file);
        lines.Should().HaveCount(4, "two turns were asked and answered");
        // The end of the first turn.
        lines[1] = lines[1].Replace("answered", "answerer", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines);

        await hub.StartAgainAsync();
        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(("하나", "asked"), ("둘", "answered"));
        var kept = Directory.EnumerateFiles(hub.Journal, "*.unreadable").Should().ContainSingle().Subject;
        (await File.ReadAllLinesAsync(kept)).Should().Equal([lines[1]], "an erasure does not reach what is there: nothing is that need not be");
        (await JournalFolder.ModeAsync(kept)).Should().Be("600");
        hub.App.Logs.Entries.Where(e => e.ToString().Contains("하나", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public async Task AFileOfRubbishIsPutAsideAndWhatComesAfterItIsStored()
    {
        await using var hub = await LeaveEntriesAsync();
        await File.WriteAllTextAsync(Path.Combine(hub.Journal, "turns-2000-01-01-rubbish.jsonl"), "rubbish\nrubbish\n");

        await hub.StartAgainAsync();
        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Should().HaveCount(2);
        Directory.EnumerateFiles(hub.Journal).Select(Path.GetFileName).Should().Equal("turns-2000-01-01-rubbish.unreadable");
    }

    [Fact]
    public async Task WhatTheDatabaseRefusesForEverIsPutAsideAndHoldsNothingElseUp()
    {
        await using var hub = await LeaveEntriesAsync();
        await cluster.ComeBackAsync();
        await hub.CountAsync("ALTER TABLE conversations ADD CHECK (user_message <> '하나')");

        await hub.StartAgainAsync();

        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("둘");
        var kept = Directory.EnumerateFiles(hub.Journal, "*.unreadable").Should().ContainSingle().Subject;
        (await File.ReadAllLinesAsync(kept)).Should().HaveCount(2).And.OnlyContain(line => line.Contains("하나", StringComparison.Ordinal));
        hub.App.Logs.Named("JournalEntryRefused").Should().HaveCount(2);
        hub.App.Logs.AllText.Should().NotContain("하나");
    }

    [Fact]
    public async Task AFaultOfTheJournalsDiskIsNoneOfTheDatabases()
    {
        await using var hub = await LeaveEntriesAsync();
        await File.AppendAllTextAsync(JournalFolder.Files(hub.Journal).Single(), "rubbish\n");
        var aside = Path.ChangeExtension(JournalFolder.Files(hub.Journal).Single(), ".unreadable");
        // A disk that is full, to whoever writes there.
        File.CreateSymbolicLink(aside, "/dev/full");
        await cluster.ComeBackAsync();

        await hub.StartAgainAsync();
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "JournalUnusable");
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("셋");

        (await cluster.RowsAsync(hub.DatabaseUrl)).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(
            ("하나", "answered"), ("둘", "answered"), ("셋", "answered"));
        (await hub.HealthAsync()).Status.Should().Be(200);
        JournalFolder.Files(hub.Journal).Should().ContainSingle("it has not let go of everything yet");
        File.Delete(aside);
        await hub.RowsAsync();
        (await File.ReadAllTextAsync(aside)).Should().Be("rubbish\n");
        hub.App.Logs.Named("DatabaseWentAway").Should().BeEmpty();
        hub.App.Logs.Named("JournalUnusable").Should().ContainSingle();
    }

    [Fact]
    public async Task AFileThatCannotBeDeletedIsTriedAgain()
    {
        await using var hub = await LeaveEntriesAsync();
        var file = JournalFolder.Files(hub.Journal).Single();
        await hub.StartAgainAsync();
        // What the hub has open is there as long as that; at its name is something that is no file.
        File.Delete(file);
        Directory.CreateDirectory(file);
        await cluster.ComeBackAsync();

        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "JournalUnusable");
        Directory.Delete(file);
        await File.WriteAllTextAsync(file, "");

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(("하나", "answered"), ("둘", "answered"));
        hub.App.Logs.Named("DatabaseWentAway").Should().HaveCountLessThanOrEqualTo(1, "it was away when the hub started");
    }

    [Fact]
    public async Task WhatIsStoredAlreadyIsNotStoredAgain()
    {
        await using var hub = await LeaveEntriesAsync();
        var file = JournalFolder.Files(hub.Journal).Single();
        var content = await File.ReadAllBytesAsync(file);
        for (var i = 0; i < 2; i++)
        {
            // As after a kill in the middle of the replay: the file is still there.
            await File.WriteAllBytesAsync(file, content);
            await hub.StartAgainAsync();
            await cluster.ComeBackAsync();

            (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
                ("하나", Talk.AnswerTo("하나"), "answered"), ("둘", Talk.AnswerTo("둘"), "answered"));
            await hub.StopAsync();
        }
    }

    [Fact]
    public async Task HubsMayShareADirectoryAndEachLeavesTheOthersFilesAlone()
    {
        await using var first = await OutageHub.StartAsync(cluster);
        await using var second = await OutageHub.StartAsync(
            cluster, new() { ["DATABASE_URL"] = first.DatabaseUrl, ["JOURNAL_DIRECTORY"] = first.Journal });
        await cluster.GoAwayAsync();
        await using var one = await first.ConnectAsync("one");
        await using var two = await second.ConnectAsync("two");

        await one.AnswerAsync("하나");
        await two.AnswerAsync("둘");
        await second.StopAsync();
        await second.StartAgainAsync();
        await one.AnswerAsync("셋");

        (await first.HealthAsync()).Database.Should().Contain("4 entries wait");
        (await second.HealthAsync()).Database.Should().Contain("2 entries wait", "it took over what it left, and nothing of its neighbour");
        await cluster.ComeBackAsync();
        (await first.RowsAsync()).Select(r => (r.SessionId, r.UserMessage, r.Outcome)).Should().Equal(
            ("one", "하나", "answered"), ("one", "셋", "answered"), ("two", "둘", "answered"));
    }

    [Fact]
    public async Task EachDayHasItsFileAndTheOlderIsStoredFirst()
    {
        var time = new ObservedTime();
        await using var hub = await OutageHub.StartAsync(cluster, new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" }, time);
        await using var client = await hub.ConnectAsync();
        await cluster.GoAwayAsync();

        await client.AnswerAsync("어제");
        time.Advance(TimeSpan.FromDays(1));
        await client.AnswerAsync("오늘");

        JournalFolder.Files(hub.Journal).Should().HaveCount(2).And.OnlyContain(f => f.Contains("turns-20", StringComparison.Ordinal));
        (await JournalFolder.LinesAsync(hub.Journal)).Should().HaveCount(4);
        await hub.StopAsync();
        await hub.StartAgainAsync();
        await cluster.ComeBackAsync();
        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("어제", "오늘");
        (await hub.CountAsync("SELECT count(*) FROM conversations AS a JOIN conversations AS b ON a.id < b.id AND a.user_message = '어제'")).Should().Be(1);
    }

    /// <summary>A hub that has ended while the database was away, which it still is, with two turns in its journal.</summary>
    private async Task<OutageHub> LeaveEntriesAsync()
    {
        var hub = await OutageHub.StartAsync(cluster);
        await using (var client = await hub.ConnectAsync())
        {
            await cluster.GoAwayAsync();
            await client.AnswerAsync("하나");
            await client.AnswerAsync("둘");
        }

        await hub.StopAsync();
        return hub;
    }
}
