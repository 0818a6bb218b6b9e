using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace BeMore.Tests;

/// <summary>protocol.md, sections 6 and 7: sessions are issued by <c>POST /api/session/start</c>.</summary>
public sealed class SessionStartTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret }, environment: "Production");

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task AStartedSessionIsActiveHasAnOwnerAndATime()
    {
        var id = await _hub.App.StartSessionAsync(TestToken.Owner);

        (await _hub.RowAsync($"SELECT user_id, status, now() - created_at < '1 min', ended_at FROM sessions WHERE session_id = '{id}'"))
            .Should().Be("owner active True ");
    }

    [Fact]
    public async Task WithoutTokensItBelongsToWhoeverHoldsItsId()
    {
        await using var hub = await TestHub.StartAsync(environment: "Production");

        var id = await hub.App.StartSessionAsync();

        (await hub.RowAsync($"SELECT user_id, status, now() - created_at < '1 min', ended_at FROM sessions WHERE session_id = '{id}'"))
            .Should().Be(" active True ");
        (await hub.App.CallAsync("GET", $"session/{id}")).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task AStartedSessionTakesTurnsAtBothDoors()
    {
        var id = await _hub.App.StartSessionAsync(TestToken.Owner);

        await using (var client = await _hub.ConnectAsync(id))
        {
            await client.RequestAsync("안녕하세요");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        await using var connection = await _hub.SignalRAsync(token: TestToken.Owner);
        (await connection.RequestAsync(id, new { message = "안녕하세요" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task IdsAre128UnguessableBits()
    {
        var ids = new ConcurrentBag<string>();

        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) => ids.Add(await _hub.App.StartSessionAsync(TestToken.Owner)));

        ids.Should().OnlyHaveUniqueItems().And.AllSatisfy(id => id.Should().MatchRegex("^sess_[0-9a-f]{32}$"));
        for (var digit = "sess_".Length; digit < "sess_".Length + 32; digit++)
        {
            ids.Select(id => id[digit]).Distinct().Should().HaveCount(16, "digit {0} is as random as the others", digit);
        }

        (await _hub.RowAsync("SELECT count(*) FROM sessions")).Should().Be("1000");
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "application/json")]
    [InlineData("""{"userId":"frontend_user_001","counselorId":"ai_counselor_001"}""", "application/json")]
    [InlineData("""{"userId":"other","user_id":"other","sub":"other","sessionId":"mine"}""", "application/json")]
    [InlineData("{garbage", "application/json")]
    [InlineData("[[[", null)]
    [InlineData("userId=other", "application/x-www-form-urlencoded")]
    [InlineData("\0", "text/plain")]
    public async Task WhatTheFrontendSendsAlongIsNotRead(string? body, string? contentType)
    {
        using var content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null)
        {
            content!.Headers.ContentType = new(contentType);
        }

        var answer = await _hub.App.CallAsync("POST", "session/start", TestToken.Owner, content);

        answer.Status.Should().Be(HttpStatusCode.OK, answer.Body);
        answer.Data.GetProperty("sessionId").GetString().Should().StartWith("sess_");
        (await _hub.RowAsync("SELECT user_id FROM sessions")).Should().Be("owner");
    }

    [Fact]
    public async Task TheAnswerIsTheFrontendsEnvelopeWithTheSocketsOfTheSession()
    {
        var answer = await _hub.App.CallAsync("POST", "session/start", TestToken.Owner);

        var id = answer.Data.GetProperty("sessionId").GetString();
        var host = $"ws://127.0.0.1:{_hub.App.Http.Port}/ws";
        var wsUrls = new { landmarks = $"{host}/landmarks/{id}", voice = $"{host}/voice/{id}", session = $"{host}/session/{id}" };
        answer.Body.Should().Be(WireJson.Serialize(new { success = true, data = new { sessionId = id, wsUrls } }));
        answer.Header("content-type").Should().Be("application/json; charset=utf-8");
        answer.Header("cache-control").Should().Be("no-store");
        await using var client = await RawSocketClient.ConnectAsync(new Uri(answer.Data.GetProperty("wsUrls").GetProperty("session").GetString()!));
    }
}
