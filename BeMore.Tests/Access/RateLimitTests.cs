using BeMore.Access;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>protocol.md, section 1.2: at most MAX_AI_REQUESTS_PER_MINUTE turns in any 60 s.</summary>
public sealed class RateLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "3" }, _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task TheWindowSlidesExactToTheMoment()
    {
        await using var client = await _hub.ConnectAsync();
        var start = _time.GetUtcNow();

        (await AskAsync(client)).Should().Be(Frame.Complete);
        _time.SetUtcNow(start.AddSeconds(10));
        (await AskAsync(client)).Should().Be(Frame.Complete);
        _time.SetUtcNow(start.AddSeconds(20));
        (await AskAsync(client)).Should().Be(Frame.Complete);
        (await AskAsync(client)).Should().Be("RATE_LIMITED");

        foreach (var seconds in (int[])[0, 10, 20])
        {
            _time.SetUtcNow(start.AddSeconds(seconds) + Window - Tick);
            (await AskAsync(client)).Should().Be("RATE_LIMITED", "the turn at {0} s is still in the window", seconds);
            _time.SetUtcNow(start.AddSeconds(seconds) + Window);
            (await AskAsync(client)).Should().Be(Frame.Complete, "the turn at {0} s has left the window", seconds);
            (await AskAsync(client)).Should().Be("RATE_LIMITED");
        }
    }

    [Fact]
    public async Task TheRefusalSaysSoInKorean()
    {
        await using var client = await _hub.ConnectAsync();
        await AskAsync(client, times: 3);

        await client.RequestAsync("또요");

        (await client.NextAsync()).Raw.Should().Be(
            """{"type":"ai_stream_error","data":{"error":"요청이 너무 많습니다. 잠시 후 다시 시도해주세요","code":"RATE_LIMITED"}}""");
        _hub.Gemini.Requests.Should().HaveCount(3);
        (await _hub.TurnsAsync()).Should().HaveCount(3);
    }

    [Fact]
    public async Task RefusedRequestsDoNotCount()
    {
        await using var client = await _hub.ConnectAsync();

        (await AskAsync(client, "", 20)).Should().Be("EMPTY_MESSAGE");
        (await AskAsync(client, new string('가', 2001), 20)).Should().Be("MESSAGE_TOO_LONG");
        (await AskAsync(client, times: 3)).Should().Be(Frame.Complete);
        _time.Advance(Window - Tick);
        (await AskAsync(client, times: 20)).Should().Be("RATE_LIMITED");
        _time.Advance(Tick);

        (await AskAsync(client, times: 3)).Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task AReconnectIsNoFreshStart()
    {
        await using (var client = await _hub.ConnectAsync())
        {
            await AskAsync(client, times: 3);
            await client.CloseAsync();
        }

        await using var again = await _hub.ConnectAsync();

        (await AskAsync(again)).Should().Be("RATE_LIMITED");
    }

    [Fact]
    public async Task SessionsDoNotShare()
    {
        await using var first = await _hub.ConnectAsync("first");
        await using var second = await _hub.ConnectAsync("second");

        (await AskAsync(first, times: 4)).Should().Be("RATE_LIMITED");

        (await AskAsync(second, times: 3)).Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task BothDoorsShare()
    {
        await using var client = await _hub.ConnectAsync();
        await using var connection = await _hub.SignalRAsync();
        await AskAsync(client, times: 3);

        (await connection.RequestAsync("s", new { message = "또요" }).ReadAsync()).Should().ContainSingle().Which.Code.Should().Be("RATE_LIMITED");
    }

    [Fact]
    public async Task WhoIsIdleIsForgotten()
    {
        var limit = _hub.App.Services.GetRequiredService<TurnRateLimit>();
        foreach (var session in (string[])["a", "b", "c"])
        {
            await using var client = await _hub.ConnectAsync(session);
            await AskAsync(client);
            await client.CloseAsync();
        }

        limit.Count.Should().Be(3);
        _time.Advance(Window);
        await using var last = await _hub.ConnectAsync("d");
        await AskAsync(last);

        limit.Count.Should().Be(1);
    }

    [Fact]
    public void ItsMemoryIsBounded()
    {
        var limit = new TurnRateLimit(new AccessOptions([], 1, null), _time);

        for (var i = 0; i < 150_000; i++)
        {
            limit.TryTake($"{i}").Should().BeTrue();
        }

        limit.Count.Should().BeLessThan(101_000);
        limit.TryTake("149999").Should().BeFalse("the latest are remembered");
    }

    /// <summary>How the last of so many requests ended: its code, or the type of its last frame.</summary>
    private static async Task<string> AskAsync(RawSocketClient client, string message = "안녕하세요", int times = 1)
    {
        var end = "";
        for (var i = 0; i < times; i++)
        {
            await client.RequestAsync(message);
            var last = (await client.ReadTurnAsync())[^1];
            end = last.Code ?? last.Type;
        }

        return end;
    }
}
