using System.Net;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.Tests;

/// <summary>The database is away: counselling goes on, and what was said meanwhile is stored when it is back, once.</summary>
[Collection(nameof(FragileCluster))]
public sealed class OutageTests(FragileCluster cluster)
{
    private const string Key = "a key of more than thirty-two bytes for HS256";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CounsellingGoesOnRemembersAndIsStoredWhenTheDatabaseIsBack(bool hangs)
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("CANARY 1");

        await (hangs ? cluster.FreezeAsync() : cluster.GoAwayAsync());
        await client.AnswerAsync("CANARY 2");
        await client.AnswerAsync("CANARY 3");

        Said(hub).Should().Equal("CANARY 1", "CANARY 2", "CANARY 3");
        var (status, words) = await hub.HealthAsync();
        status.Should().Be(503);
        words.Should().Contain("away since").And.Contain("4 entries wait");
        (await JournalFolder.ModeAsync(JournalFolder.Files(hub.Journal).Single())).Should().Be("600");

        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            Enumerable.Range(1, 3).Select(i => ($"CANARY {i}", Talk.AnswerTo($"CANARY {i}"), "answered")));
        await client.AnswerAsync("CANARY 4");
        Said(hub).Should().Equal("CANARY 1", "CANARY 2", "CANARY 3", "CANARY 4");
        (await hub.HealthAsync()).Status.Should().Be(200);
        await hub.App.StopAsync();
        hub.App.Logs.Named("DatabaseWentAway").Should().ContainSingle();
        hub.App.Logs.Named("DatabaseIsBack").Should().ContainSingle().Which.Value("Entries").Should().Be("4");
        hub.App.Logs.AllText.Should().NotContain("CANARY");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADatabaseThatGoesInMidAnswerCostsNothingOfIt(bool isBackBeforeTheEnd)
    {
        var gate = new TaskCompletionSource();
        await using var hub = await OutageHub.StartAsync(cluster);
        var pieces = Talk.Pieces("음");
        hub.Gemini.Next(Gemini.Begins(pieces[0]).WaitsFor(gate.Task).Says(pieces[1]));
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await cluster.GoAwayAsync();
        if (isBackBeforeTheEnd)
        {
            await cluster.ComeBackAsync();
        }

        gate.SetResult();
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(("음", Talk.AnswerTo("음"), "answered"));
    }

    [Fact]
    public async Task ATurnThatWasBegunInTheJournalMayEndInTheDatabase()
    {
        var gate = new TaskCompletionSource();
        await using var hub = await OutageHub.StartAsync(cluster);
        await cluster.GoAwayAsync();
        var pieces = Talk.Pieces("음");
        hub.Gemini.Next(Gemini.Begins(pieces[0]).WaitsFor(gate.Task).Says(pieces[1]));
        await using var client = await hub.ConnectAsync("new");
        await client.RequestAsync("음");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);

        await cluster.ComeBackAsync();
        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.Outcome)).Should().Equal(("음", "asked"));
        gate.SetResult();

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(("음", Talk.AnswerTo("음"), "answered"));
    }

    [Fact]
    public async Task ASessionThatIsNewMeanwhileIsMadeWithItsOwner()
    {
        await using var hub = await OutageHub.StartAsync(cluster, new() { ["JWT_SECRET_KEY"] = Key });
        await cluster.GoAwayAsync();

        await using var client = await RawSocketClient.ConnectAsync(new Uri($"{hub.App.Socket("new")}?access_token={TokenOf("kim")}"));
        await client.AnswerAsync("처음이에요");
        var others = await HandshakeProbe.AskAsync(new Uri($"{hub.App.Socket("new")}?access_token={TokenOf("lee")}"));
        await cluster.ComeBackAsync();

        others.Status.Should().Be(HttpStatusCode.NotFound);
        (await hub.RowsAsync()).Select(r => (r.SessionId, r.UserMessage)).Should().Equal(("new", "처음이에요"));
        (await hub.CountAsync("SELECT count(*) FROM sessions WHERE session_id = 'new' AND user_id = 'kim' AND status = 'active'")).Should().Be(1);
        await client.AnswerAsync("다시요");
    }

    [Fact]
    public async Task WhereUnknownSessionsAreRefusedTheKnownGoOnAndNobodyElseIsLetIn()
    {
        await using var hub = await OutageHub.StartAsync(cluster, new() { ["UNKNOWN_SESSIONS"] = "refuse" });
        await hub.CountAsync("INSERT INTO sessions (session_id) VALUES ('known'), ('unused')");
        await using (var client = await hub.ConnectAsync("known"))
        {
            await client.AnswerAsync("하나");
        }

        await cluster.GoAwayAsync();
        await using var again = await hub.ConnectAsync("known");
        await again.AnswerAsync("둘");

        (await HandshakeProbe.AskAsync(hub.App.Socket("unused"))).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await HandshakeProbe.AskAsync(hub.App.Socket("unknown"))).Status.Should().Be(HttpStatusCode.ServiceUnavailable);
        await cluster.ComeBackAsync();
        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("하나", "둘");
        (await HandshakeProbe.AskAsync(hub.App.Socket("unknown"))).Status.Should().Be(HttpStatusCode.NotFound);
        (await hub.CountAsync("SELECT count(*) FROM sessions")).Should().Be(2);
    }

    [Theory]
    [InlineData("pause", "SESSION_PAUSED")]
    [InlineData("end", "SESSION_EXPIRED")]
    public async Task WhatWasSaidToASessionBeforeCountsAlsoWhenTheDatabaseIsAway(string call, string code)
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("하나");
        (await hub.CallAsync(HttpMethod.Post, $"api/session/s/{call}")).Should().Be(200);

        await cluster.GoAwayAsync();

        (await client.TurnAsync("둘")).Should().ContainSingle().Which.Code.Should().Be(code);
        JournalFolder.Files(hub.Journal).Should().BeEmpty();
    }

    [Fact]
    public async Task ASessionThatIsErasedWhileItsTurnsWaitIsNotBroughtBack()
    {
        // It stands still: the journal is not stored before it is moved.
        var time = new ObservedTime();
        await using var hub = await OutageHub.StartAsync(cluster, time: time);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("하나");
        await cluster.GoAwayAsync();
        await client.AnswerAsync("둘");
        await time.WaitBeganAsync(TimeSpan.FromSeconds(1));
        await cluster.ComeBackAsync();

        (await hub.CallAsync(HttpMethod.Delete, "api/session/s")).Should().Be(200);
        (await client.TurnAsync("셋")).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");
        time.Advance(TimeSpan.FromSeconds(1));

        (await hub.RowsAsync()).Should().BeEmpty();
        (await hub.CountAsync("SELECT count(*) FROM sessions")).Should().Be(0);
    }

    [Fact]
    public async Task ASessionThatWasMadeAgainSinceIsNotErasedWithTheOneBefore()
    {
        // It stands still: the journal is not stored before it is moved.
        var time = new ObservedTime();
        await using var hub = await OutageHub.StartAsync(cluster, time: time);
        await using (var client = await hub.ConnectAsync())
        {
            await cluster.GoAwayAsync();
            await client.AnswerAsync("하나");
            await time.WaitBeganAsync(TimeSpan.FromSeconds(1));
            await cluster.ComeBackAsync();
        }

        (await hub.CallAsync(HttpMethod.Delete, "api/session/s")).Should().Be(200);
        // At another hub.
        await hub.CountAsync(
            "INSERT INTO sessions (session_id) VALUES ('s'); INSERT INTO conversations (session_id, user_message, ai_response, \"timestamp\") VALUES ('s', '새로', '네.', 0)");
        time.Advance(TimeSpan.FromSeconds(1));

        (await hub.RowsAsync()).Select(r => r.UserMessage).Should().Equal("새로");
    }

    [Fact]
    public async Task AHubThatIsStartedAnewWhileTheDatabaseIsStillAwayStoresWhatItLeft()
    {
        await using var hub = await OutageHub.StartAsync(cluster);
        await using (var client = await hub.ConnectAsync())
        {
            await cluster.GoAwayAsync();
            await client.AnswerAsync("하나");
        }

        await hub.StopAsync();
        await hub.StartAgainAsync();
        await using (var client = await hub.ConnectAsync())
        {
            await client.AnswerAsync("둘");
        }

        (await hub.HealthAsync()).Database.Should().Contain("4 entries wait");
        await cluster.ComeBackAsync();

        (await hub.RowsAsync()).Select(r => (r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            ("하나", Talk.AnswerTo("하나"), "answered"), ("둘", Talk.AnswerTo("둘"), "answered"));
    }

    /// <summary>The person's words in the latest prompt, those of now included.</summary>
    private static IEnumerable<string> Said(OutageHub hub) => hub.Gemini.Requests[^1].Contents.Where(c => c.Role == "user").Select(c => c.Text);

    private static string TokenOf(string user) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Claims = new Dictionary<string, object> { ["sub"] = user },
        Expires = DateTime.UtcNow.AddMinutes(5),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key)), SecurityAlgorithms.HmacSha256),
    });
}
