using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>What a token's <c>sub</c> owns: its sessions, and its share of the rate limit.</summary>
public sealed class OwnershipTests
{
    [Fact]
    public async Task TheSessionsOfOneUserShareOneLimit()
    {
        await using var hub = await StartAsync();
        var (first, second, others) = (
            await hub.App.StartSessionAsync(TestToken.Owner), await hub.App.StartSessionAsync(TestToken.Owner), await hub.App.StartSessionAsync(TestToken.Other));
        await using var connection = await hub.SignalRAsync(token: TestToken.Owner);
        for (var turn = 0; turn < 10; turn++)
        {
            (await connection.RequestAsync(turn % 2 == 0 ? first : second, new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        (await connection.RequestAsync(first, new { message = "또요" }).ReadAsync())[^1].Code.Should().Be("RATE_LIMITED");
        (await connection.RequestAsync(second, new { message = "또요" }).ReadAsync())[^1].Code.Should().Be("RATE_LIMITED");
        // Whoever speaks has heard what came before: it is not told again to who takes the session.
        await connection.InvokeAsync<JsonElement>("Ping", second).WaitAsync(Pulse.Patience);
        await using (var socket = await hub.App.ConnectAsync(second, o => o.SetRequestHeader("Authorization", $"Bearer {TestToken.Owner}")))
        {
            (await TurnAsync(socket)).Code.Should().Be("RATE_LIMITED", "a token on the raw socket names the user too");
        }

        await using var bare = await hub.ConnectAsync(second);
        (await TurnAsync(bare)).Type.Should().Be(Frame.Complete, "without a token the session has room of its own");
        await using var another = await hub.SignalRAsync(token: TestToken.Other);
        (await another.RequestAsync(others, new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task HelpIsNoSecretAnothersSessionIs()
    {
        await using var hub = await StartAsync();
        var session = await hub.App.StartSessionAsync(TestToken.Owner);
        await using var connection = await hub.SignalRAsync(token: TestToken.Other);

        foreach (var named in (string?[])[session, "no session", null])
        {
            var frames = await connection.RequestAsync(named, new { message = "죽고 싶어요" }).ReadAsync();

            frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.StreamError);
            frames[1].Chunk.Should().Contain("109");
            frames[2].Code.Should().Be("SESSION_EXPIRED");
        }

        (await hub.RowsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task AUserWhoseNameIsASessionsIdHasNoPartInItsLimit()
    {
        await using var hub = await StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1" });
        var session = await hub.App.StartSessionAsync(TestToken.Owner);
        var namesake = new TestToken { Subject = $"\"{session}\"" };
        var own = await hub.App.StartSessionAsync(namesake);

        await using var connection = await hub.SignalRAsync(token: namesake);
        (await connection.RequestAsync(own, new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        await using var bare = await hub.ConnectAsync(session);

        (await TurnAsync(bare)).Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task ASessionOfAnotherBackendsIsHisWhoFirstNamesItWithAToken()
    {
        const string Session = "sess_1704902400000_0a1b2c3d";
        await using var hub = await StartAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });
        await using (var bare = await hub.ConnectAsync(Session))
        {
            (await TurnAsync(bare)).Type.Should().Be(Frame.Complete);
            (await hub.RowAsync("SELECT user_id IS NULL FROM sessions")).Should().Be("True");
        }

        (await hub.App.CallAsync("GET", $"session/{Session}", TestToken.Owner)).Status.Should().Be(HttpStatusCode.NotFound, "to ask is not to use");
        await using (var owner = await hub.SignalRAsync(token: TestToken.Owner))
        {
            (await owner.RequestAsync(Session, new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        await using var other = await hub.SignalRAsync(token: TestToken.Other);
        (await other.RequestAsync(Session, new { message = "안녕" }).ReadAsync())[^1].Code.Should().Be("SESSION_EXPIRED");
        (await HandshakeProbe.AskAsync(hub.App.Socket(Session), null, ("Authorization", $"Bearer {TestToken.Other}"))).Status.Should().Be(HttpStatusCode.NotFound);
        (await hub.App.CallAsync("GET", $"session/{Session}/conversations", TestToken.Owner)).Data.GetProperty("total").GetInt32().Should().Be(2);
    }

    [Fact]
    public async Task ASessionThatIsMadeOnFirstUseIsHisWhoUsesItWithAToken()
    {
        await using var hub = await StartAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });

        (await HandshakeProbe.AskAsync(hub.App.Socket("raw"), null, ("Authorization", $"Bearer {TestToken.Owner}"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        await using var connection = await hub.SignalRAsync(token: TestToken.Owner);
        (await connection.RequestAsync("hub", new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);

        (await hub.RowAsync("SELECT count(*), string_agg(DISTINCT user_id, ' ') FROM sessions")).Should().Be("2 owner");
    }

    [Fact]
    public async Task OfManyWhoClaimASessionAtOnceOneHasIt()
    {
        await using var hub = await StartAsync(new() { ["UNKNOWN_SESSIONS"] = "create" });
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");

        var ends = await Task.WhenAll(Enumerable.Range(0, 8).Select(async user =>
        {
            await using var connection = await hub.SignalRAsync(token: new TestToken { Subject = $"\"{user}\"" });
            return (await connection.RequestAsync("s", new { message = "안녕" }).ReadAsync())[^1];
        }));

        ends.Count(end => end.Type == Frame.Complete).Should().Be(1);
        ends.Where(end => end.Type != Frame.Complete).Should().OnlyContain(end => end.Code == "SESSION_EXPIRED");
    }

    [Fact]
    public async Task WhereIdsAreOursASessionOfNobodyIsNobodys()
    {
        await using var hub = await StartAsync();
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");

        (await hub.App.CallAsync("GET", "session/s", TestToken.Owner)).Status.Should().Be(HttpStatusCode.NotFound);
        (await HandshakeProbe.AskAsync(hub.App.Socket("s"), null, ("Authorization", $"Bearer {TestToken.Owner}"))).Status.Should().Be(HttpStatusCode.NotFound);
        (await HandshakeProbe.AskAsync(hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "there the id authorises");
        (await hub.RowAsync("SELECT user_id IS NULL FROM sessions")).Should().Be("True");
    }

    private static Task<TestHub> StartAsync(Dictionary<string, string?>? settings = null) =>
        TestHub.StartAsync(new(settings ?? []) { ["JWT_SECRET_KEY"] = TestToken.Secret }, environment: "Production");

    private static async Task<Frame> TurnAsync(RawSocketClient client)
    {
        await client.RequestAsync("안녕하세요");
        return (await client.ReadTurnAsync())[^1];
    }
}
