namespace BeMore.Tests;

/// <summary>Whatever is the matter, somebody in danger gets help text as a complete answer, and no error.</summary>
public sealed class NeverBlockedTests
{
    private static readonly Dictionary<string, GeminiScript> Faults = new()
    {
        ["overloaded"] = GeminiFaults.OverloadedForAMoment,
        ["refused key"] = GeminiFaults.InvalidKey,
        ["blocked"] = Gemini.Blocks(),
        ["blocked in mid-answer"] = Gemini.Begins("그러셨").Finishes("SAFETY"),
        ["empty"] = Gemini.SaysNothing,
        ["wrong request"] = GeminiFaults.InvalidArgument,
        ["cut"] = Gemini.Begins("그러셨").Cuts(),
        ["no JSON"] = Gemini.Sends("{"),
    };

    /// <summary>Of the set to develop on: 20 of each of the two levels.</summary>
    internal static readonly string[] Phrases =
        [.. new[] { "imminent", "active" }.SelectMany(level => File.ReadLines(RepositoryRoot.Combine("docs", "safety", "develop.tsv"))
            .Select(line => line.Split('\t'))
            .Where(parts => parts.Length == 2 && parts[0] == level)
            .Select(parts => parts[1])
            .Take(20))];

    public static TheoryData<string> GeminisFaults => new(Faults.Keys);

    [Theory]
    [MemberData(nameof(GeminisFaults))]
    public async Task WhateverGeminiDoes(string fault)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Always(Faults[fault]);

        await EverybodyIsHelpedAsync(hub);
    }

    [Fact]
    public async Task AlsoWhereGeminiNeverAnswers()
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_FIRST_CHUNK_TIMEOUT_MS"] = "300", ["GEMINI_ANSWER_START_TIMEOUT_MS"] = "1000" });
        hub.Gemini.Always(Gemini.Hangs);

        await EverybodyIsHelpedAtOnceAsync(hub);
        hub.Gemini.Requests.Should().NotBeEmpty();
    }

    [Fact]
    public async Task AlsoWhereGeminiCannotBeReached()
    {
        // Nobody listens there.
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_BASE_URL"] = $"http://127.0.0.1:{LoopbackPort.Free()}" });

        await EverybodyIsHelpedAtOnceAsync(hub);
    }

    [Fact]
    public async Task AlsoOverTheRateLimit()
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1" }, new ObservedTime());
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("안녕하세요");
        await client.ReadTurnAsync();

        await EverybodyIsHelpedAsync(hub, client, isStored: false);
        hub.Gemini.Requests.Should().ContainSingle("the limit holds for the model");
        (await hub.TurnsAsync()).Select(t => t.UserMessage).Should().Equal(["안녕하세요", Phrases[0]], "and for what is kept beyond it");
    }

    [Fact]
    public async Task AlsoInAMessageThatIsTooLong()
    {
        await using var hub = await TestHub.StartAsync();

        await EverybodyIsHelpedAsync(hub, message: phrase => $"{phrase} {new string('가', 2000)}");
    }

    /// <summary>In the middle of as much as a frame holds.</summary>
    [Fact]
    public async Task NorIsItOverlookedThere()
    {
        await using var hub = await TestHub.StartAsync();
        var around = string.Concat(Enumerable.Repeat("오늘은 산책을 하고 점심을 먹었어요. ", 500));

        await EverybodyIsHelpedAsync(hub, message: phrase => $"{around}{phrase}. {around}");
    }

    [Fact]
    public async Task OfAMessageThatIsTooLongAsMuchIsKeptAsOneMayBeLong()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        var message = Phrases[0] + string.Concat(Enumerable.Repeat("👋", 3000));

        await client.RequestAsync(message);
        IsHelped(await client.ReadTurnAsync(), Phrases[0]);
        await client.RequestAsync("고마워요");
        await client.ReadTurnAsync();

        var kept = string.Concat(message.EnumerateRunes().Take(2000).Select(rune => rune.ToString()));
        (await hub.TurnsAsync())[0].UserMessage.Should().Be(kept);
        hub.Gemini.Requests.Should().ContainSingle().Which.Contents[0].Text.Should().Be(kept);
    }

    [Fact]
    public async Task AlsoInAPausedSession()
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "100" });
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("UPDATE sessions SET status = 'paused'");

        await EverybodyIsHelpedAsync(hub, client);
    }

    [Fact]
    public async Task AlsoInASessionThatHasEnded()
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "100" });
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("UPDATE sessions SET ended_at = now()");

        await EverybodyIsHelpedAsync(hub, client);
    }

    [Fact]
    public async Task WhereTheSessionIsErasedHelpComesBeforeTheRefusal()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("DELETE FROM sessions");

        await client.RequestAsync(Phrases[0]);

        var frames = await client.ReadTurnAsync();
        frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.StreamError);
        frames[1].Chunk.Should().Contain("109");
        frames[2].Code.Should().Be("SESSION_EXPIRED");
    }

    [Fact]
    public async Task AlsoWhileTheDatabaseIsAway()
    {
        var journal = Directory.CreateTempSubdirectory("bemore-journal-");
        await using var app = await BeMoreApplication.StartAsync(settings: new Dictionary<string, string?>
        {
            ["DATABASE_URL"] = "postgres://u:p@127.0.0.1:9/d",
            ["STREAM_CHUNK_INTERVAL_MS"] = "0",
            ["JOURNAL_DIRECTORY"] = journal.FullName,
        });

        await Parallel.ForEachAsync(Phrases, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (phrase, _) =>
        {
            var session = Guid.NewGuid().ToString("N");
            await using var client = await app.ConnectAsync(session);
            await client.RequestAsync(phrase);
            IsHelped(await client.ReadTurnAsync(), phrase);
            var text = client.Received.Text().TrimEnd();
            (await JournalFolder.LinesAsync(journal.FullName)).Should().Contain(line => line.Contains(session) && line.Contains(text), phrase);
        });

        await app.StopAsync();
        journal.Delete(recursive: true);
    }

    [Fact]
    public async Task AlsoWhereNothingCanBeKept()
    {
        var folder = Directory.CreateTempSubdirectory("bemore-full-");
        await using var hub = await TestHub.StartAsync(new() { ["JOURNAL_DIRECTORY"] = folder.FullName });
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("ALTER TABLE conversations RENAME TO gone");

        await EverybodyIsHelpedAsync(hub, client, isStored: false);
        folder.Delete(recursive: true);
    }

    internal static void IsHelped(IReadOnlyList<Frame> frames, string phrase)
    {
        frames.Types().Take(2).Should().Equal([Frame.Begin, Frame.ChunkType], phrase);
        frames[1].Chunk.Should().Contain("109", phrase);
        frames[^1].Type.Should().Be(Frame.Complete, phrase);
    }

    private static async Task IsKeptAsync(TestHub hub, string session, IReadOnlyList<Frame> frames) =>
        (await hub.TurnsAsync(session))[^1].AiResponse.Should().Be(frames.Text());

    private static Task EverybodyIsHelpedAtOnceAsync(TestHub hub) => Task.WhenAll(Phrases.Select(async (phrase, i) =>
    {
        await using var client = await hub.ConnectAsync($"s{i}");
        await client.RequestAsync(phrase);

        IsHelped(await client.ReadTurnAsync(TimeSpan.FromSeconds(30)), phrase);
        await IsKeptAsync(hub, $"s{i}", client.Received);
    }));

    private static async Task EverybodyIsHelpedAsync(TestHub hub, RawSocketClient? sameSession = null, Func<string, string>? message = null, bool isStored = true)
    {
        Phrases.Should().HaveCount(40);
        for (var i = 0; i < Phrases.Length; i++)
        {
            var session = sameSession is null ? $"s{i}" : "s";
            var client = sameSession ?? await hub.ConnectAsync(session);
            await client.RequestAsync(message?.Invoke(Phrases[i]) ?? Phrases[i]);

            var frames = await client.ReadTurnAsync();

            IsHelped(frames, Phrases[i]);
            if (isStored)
            {
                await IsKeptAsync(hub, session, frames);
            }

            if (sameSession is null)
            {
                await client.DisposeAsync();
            }
        }
    }
}
