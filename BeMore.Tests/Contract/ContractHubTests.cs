using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace BeMore.Tests;

/// <summary>The AsyncAPI document and SignalR's door of real hubs say the same: every record, both ways.</summary>
public sealed class ContractHubTests : IAsyncLifetime
{
    private readonly ContractTraffic _traffic = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(
        // For a test that does not want to wait for 15 s.
        services: services => services.Configure<HubOptions>(hub => hub.KeepAliveInterval = TimeSpan.FromMilliseconds(200)));

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task EveryRecordIsOneThatIsPromisedAndEveryOneThatIsPromisedIsSent()
    {
        await TalkAsync();
        await ComeBackAsync();
        await LeaveTheStreamAsync();
        await BeRefusedAsync();
        await QuarrelAsync();
        await StopAsync();

        await _traffic.ShouldBeAsPromisedAsync([$"{HubSocket.ChannelName} "]);
    }

    private async Task TalkAsync()
    {
        await using var hub = await ConnectAsync();
        await hub.SayAsync("""{"type":1,"invocationId":"1","target":"Ping","arguments":["s"]}""");
        (await hub.ReadUntilAsync(3))[^1].GetProperty("result").GetProperty("type").GetString().Should().Be("pong");
        await hub.SayAsync("""{"type":1,"invocationId":"2","target":"UpdateEmotion","arguments":["s","sad"]}""");
        await hub.ReadUntilAsync(3);
        await hub.SayAsync("""{"type":1,"target":"UpdateEmotion","arguments":["s",null]}""");
        await hub.SayAsync("""{"type":4,"invocationId":"3","target":"RequestAiResponse","arguments":["s",{"message":"요즘 잠이 안 와요","emotion":"anxious","timestamp":1704902400000}]}""");
        (await hub.ReadUntilAsync(3)).Should().HaveCountGreaterThan(3);
        await hub.SayAsync("""{"type":6}""");
        await hub.ReadUntilAsync(6);

        _hub.Gemini.Next(Gemini.Begins("천천히요. ").Stalls());
        await hub.SayAsync("""{"type":4,"invocationId":"4","target":"RequestAiResponse","arguments":["s",{"message":"음"}]}""");
        await ReadToTheFirstChunkAsync(hub);
        await hub.SayAsync("""{"type":1,"invocationId":"5","target":"CancelAiResponse","arguments":["s"]}""");
        // The call's end and the stream's.
        await hub.ReadUntilAsync(3);
        await hub.ReadUntilAsync(3);
    }

    private async Task ComeBackAsync()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await using (var hub = await ConnectAsync())
        {
            await hub.SayAsync("""{"type":4,"invocationId":"1","target":"RequestAiResponse","arguments":["back",{"message":"음"}]}""");
            await ReadToTheFirstChunkAsync(hub);
        }

        await using var again = await ConnectAsync();
        await again.SayAsync("""{"type":4,"invocationId":"1","target":"ResumeAiResponse","arguments":["back"]}""");
        await ReadToTheFirstChunkAsync(again);
        gate.SetResult();
        await again.ReadUntilAsync(3);
    }

    private async Task LeaveTheStreamAsync()
    {
        _hub.Gemini.Next(Gemini.Begins("천천히요. ").Stalls());
        await using var hub = await ConnectAsync();
        await hub.SayAsync("""{"type":4,"invocationId":"1","target":"RequestAiResponse","arguments":["left",{"message":"음"}]}""");
        await ReadToTheFirstChunkAsync(hub);
        await hub.SayAsync("""{"type":5,"invocationId":"1"}""");
        await hub.ReadUntilAsync(3);
        (await (await _hub.Gemini.RequestAsync(_hub.Gemini.Requests.Count - 1)).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
    }

    private async Task BeRefusedAsync()
    {
        await using var hub = await ConnectAsync();
        await hub.SendAsync("""{"type":1,"invocationId":"1","target":"Dance","arguments":[]}""");
        (await hub.ReadUntilAsync(3))[^1].TryGetProperty("error", out _).Should().BeTrue();
        await hub.SendAsync("""{"type":4,"invocationId":"2","target":"RequestAiResponse","arguments":["s"]}""");
        (await hub.ReadUntilAsync(3))[^1].TryGetProperty("error", out _).Should().BeTrue();
        await hub.SendAsync("""{"type":4,"invocationId":"3","target":"RequestAiResponse","arguments":["no id",{"message":"음"}]}""");
        (await hub.RefusalAsync()).Should().Be("SESSION_EXPIRED");

        await using var stranger = await HubSocket.ConnectAsync(_hub.App, _traffic, shakesHands: false);
        await stranger.SendAsync("""{"protocol":"xml","version":1}""");
        await stranger.WaitForEndAsync();
    }

    /// <summary>Each takes the session from the one before, which is told, until that is enough.</summary>
    private async Task QuarrelAsync()
    {
        await using var older = await ConnectAsync();
        await older.SayAsync("""{"type":4,"invocationId":"1","target":"RequestAiResponse","arguments":["taken",{"message":"음"}]}""");
        await older.ReadUntilAsync(3);
        await using var first = await _hub.ConnectAsync("taken");
        (await older.ReadUntilAsync(1))[^1].GetProperty("target").GetString().Should().Be("SessionSuperseded");
        await older.WaitForEndAsync();

        await using var second = await _hub.ConnectAsync("taken");
        await using var third = await _hub.ConnectAsync("taken");
        await using var last = await ConnectAsync();
        await last.SayAsync("""{"type":4,"invocationId":"1","target":"RequestAiResponse","arguments":["taken",{"message":"음"}]}""");
        (await last.RefusalAsync()).Should().Be("SESSION_IN_USE");
    }

    private async Task StopAsync()
    {
        await using var hub = await ConnectAsync();
        var stopped = Task.Run(_hub.App.StopAsync);
        await hub.WaitForEndAsync();
        await stopped.WaitAsync(Pulse.Patience);
    }

    private Task<HubSocket> ConnectAsync() => HubSocket.ConnectAsync(_hub.App, _traffic);

    private static async Task ReadToTheFirstChunkAsync(HubSocket hub)
    {
        while ((await hub.ReadUntilAsync(2))[^1].GetProperty("item").GetProperty("type").GetString() != Frame.ChunkType)
        {
        }
    }
}
