namespace BeMore.Tests;

/// <summary>What the existing backend has done to a session holds here at once, also while the hub's database is away, and is not forgotten.</summary>
[Collection(nameof(FragileCluster))]
public sealed class BackendErasureTests(FragileCluster cluster)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnErasureWhileTheDatabaseIsAwayIsDoneWhenItIsBack(bool isKnownToBeAway)
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await StartAsync(backend);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("지워 주세요");
        await using var other = await hub.ConnectAsync("other");
        await cluster.GoAwayAsync();
        if (isKnownToBeAway)
        {
            await other.AnswerAsync("안녕하세요");
        }

        (await hub.CallAsync(HttpMethod.Delete, "api/session/s")).Should().Be(200);

        (await client.TurnAsync("들리세요?")).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");
        await cluster.ComeBackAsync();
        (await hub.RowsAsync()).Should().NotContain(r => r.SessionId == "s");
        (await hub.CountAsync("SELECT count(*) FROM sessions WHERE session_id = 's'")).Should().Be(0);
    }

    [Theory]
    [InlineData("pause", "SESSION_PAUSED")]
    [InlineData("end", "SESSION_EXPIRED")]
    public async Task WhatElseTheBackendDidHoldsHereToo(string call, string code)
    {
        await using var backend = await FakeBackend.StartAsync();
        await using var hub = await StartAsync(backend);
        await using var client = await hub.ConnectAsync();
        await client.AnswerAsync("하나");
        await cluster.GoAwayAsync();

        (await hub.CallAsync(HttpMethod.Post, $"api/session/s/{call}")).Should().Be(200);

        (await client.TurnAsync("들리세요?")).Should().ContainSingle().Which.Code.Should().Be(code);
    }

    private Task<OutageHub> StartAsync(FakeBackend backend) =>
        OutageHub.StartAsync(cluster, new() { ["BACKEND_URL"] = backend.Url, ["UNKNOWN_SESSIONS"] = "create" });
}
