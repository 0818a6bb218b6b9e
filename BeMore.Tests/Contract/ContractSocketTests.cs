using System.Net.WebSockets;

namespace BeMore.Tests;

/// <summary>The AsyncAPI document and the raw sockets of real hubs say the same: every frame, every sentence and every close code, both ways.</summary>
public sealed class ContractSocketTests
{
    private readonly ContractTraffic _traffic = new();
    private readonly HashSet<string> _codes = [];
    private readonly Dictionary<string, HashSet<string>> _closed = [];

    [Fact]
    public async Task EveryFrameOfASessionIsOneThatIsPromisedAndEveryOneThatIsPromisedIsSent()
    {
        await using (var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "5" }))
        {
            await TalkAsync(hub);
            await BeRefusedAsync(hub);
            await CloseAsync(hub, "session", maxBytes: 64 * 1024);
            await BeClosedOutAsync(hub);
            await StopAsync(hub, "session");
        }

        await _traffic.ShouldBeAsPromisedAsync(["session "]);
        // SESSION_IN_USE is a 409 here.
        _codes.Should().BeEquivalentTo(ContractDocumentTests.TurnErrors.Select(error => error.Code).Except(["SESSION_IN_USE"]));
        ShouldBeTheCloseCodesOf("session");
    }

    [Theory]
    [InlineData("landmarks")]
    [InlineData("voice")]
    public async Task EveryFrameOfAnAnalysisIsOneThatIsPromisedAndEveryOneThatIsPromisedIsSent(string channel)
    {
        await using (var hub = await TestHub.StartAsync())
        {
            await using (var client = await ConnectAsync(hub, channel))
            {
                await SayAsync(client, channel, """{"type":"landmarks","data":[{"x":0.5,"y":0.5,"z":0.1}]}""");
                await SayAsync(client, channel, """{"type":"ping"}""");
                (await client.NextAsync()).Type.Should().Be("pong");
                await EndAsync(client, channel, client.CloseAsync);
            }

            await CloseAsync(hub, channel, maxBytes: 256 * 1024);
            await using (var flood = await ConnectAsync(hub, channel))
            {
                await EndAsync(flood, channel, () => FloodAsync(flood, () => flood.SendBytesAsync([1], WebSocketMessageType.Text, endOfMessage: true), 11_000));
            }

            await StopAsync(hub, channel);
        }

        await _traffic.ShouldBeAsPromisedAsync([$"{channel} "]);
        ShouldBeTheCloseCodesOf(channel);
    }

    /// <summary>All that the frontend sends, and what it gets where all is well.</summary>
    private async Task TalkAsync(TestHub hub)
    {
        var gate = new TaskCompletionSource();
        await using (var client = await ConnectAsync(hub))
        {
            await SayAsync(client, "session", """{"type":"ping"}""");
            await SayAsync(client, "session", """{"type":"emotion_update","data":{"emotion":"sad"}}""");
            await SayAsync(client, "session", """{"type":"vad_metrics","data":{"speaking":true}}""");
            await SayAsync(client, "session", """{"type":"request_ai_response","data":{"message":"요즘 잠이 안 와요","emotion":null,"timestamp":1704902400000}}""");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);

            hub.Gemini.Next(Gemini.Begins("천천히요. ").Stalls());
            await SayAsync(client, "session", """{"type":"request_ai_response","data":{"message":"음"}}""");
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            await SayAsync(client, "session", """{"type":"cancel_ai_response"}""");
            (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);

            await client.SendAsync("""{"type":"춤"}""");
            (await client.NextAsync()).Code.Should().Be("UNKNOWN_COMMAND");
            await client.SendAsync("춤");
            (await client.NextAsync()).Code.Should().Be("PARSE_ERROR");

            hub.Gemini.Next(Gemini.Begins("천천히요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
            await client.RequestAsync("음", "neutral", 1704902400000);
            await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
            client.Abort();
            await client.Closed;
            Hear(client, "session");
        }

        await using var again = await ConnectAsync(hub);
        await again.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        gate.SetResult();
        (await again.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        await EndAsync(again, "session", again.CloseAsync);
    }

    /// <summary>Every reason for which a turn has no answer.</summary>
    private async Task BeRefusedAsync(TestHub hub)
    {
        await using var client = await ConnectAsync(hub, sessionId: "refused");
        await ShouldBeRefusedAsync(client, " ", "EMPTY_MESSAGE");
        await ShouldBeRefusedAsync(client, new string('가', 2001), "MESSAGE_TOO_LONG");
        hub.Gemini.Always(GeminiFaults.InvalidKey);
        await ShouldBeRefusedAsync(client, "들리세요?", "AI_UNAVAILABLE");
        hub.Gemini.Always(Gemini.Default);
        await hub.App.CallAsync("POST", "session/refused/pause");
        await ShouldBeRefusedAsync(client, "들리세요?", "SESSION_PAUSED");
        await hub.App.CallAsync("POST", "session/refused/end");
        await ShouldBeRefusedAsync(client, "들리세요?", "SESSION_EXPIRED");
        Hear(client, "session");

        await using var impatient = await ConnectAsync(hub, sessionId: "impatient");
        for (var turns = 0; turns < 5; turns++)
        {
            await impatient.RequestAsync("들리세요?");
            (await impatient.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        await ShouldBeRefusedAsync(impatient, "들리세요?", "RATE_LIMITED");
        Hear(impatient, "session");

        await using var unlucky = await ConnectAsync(hub, sessionId: "unlucky");
        await hub.ExecuteAsync("ALTER TABLE conversations RENAME TO elsewhere");
        await ShouldBeRefusedAsync(unlucky, "들리세요?", "INTERNAL");
        await hub.ExecuteAsync("ALTER TABLE elsewhere RENAME TO conversations");
        Hear(unlucky, "session");
    }

    private async Task ShouldBeRefusedAsync(RawSocketClient client, string message, string code)
    {
        await client.RequestAsync(message);
        (await client.ReadTurnAsync())[^1].Code.Should().Be(code);
        _codes.Add(code);
    }

    /// <summary>What a client does wrong, until it is closed for it.</summary>
    private async Task CloseAsync(TestHub hub, string channel, int maxBytes)
    {
        if (channel == "session")
        {
            await using var binary = await ConnectAsync(hub, channel);
            await EndAsync(binary, channel, () => binary.SendBytesAsync([1], WebSocketMessageType.Binary, endOfMessage: true));
        }

        await using var noText = await ConnectAsync(hub, channel);
        await EndAsync(noText, channel, () => noText.SendBytesAsync([0xFF, 0xFE], WebSocketMessageType.Text, endOfMessage: true));
        await using var tooBig = await ConnectAsync(hub, channel);
        await EndAsync(tooBig, channel, () => tooBig.SendBytesAsync(new byte[maxBytes + 1], WebSocketMessageType.Text, endOfMessage: true));
    }

    private async Task BeClosedOutAsync(TestHub hub)
    {
        await using (var older = await ConnectAsync(hub, sessionId: "taken"))
        {
            await using var newest = await ConnectAsync(hub, sessionId: "taken");
            await EndAsync(older, "session", () => Task.CompletedTask);
        }

        hub.Gemini.Next(Gemini.Hangs);
        await using var many = await ConnectAsync(hub, sessionId: "many");
        await EndAsync(many, "session", () => FloodAsync(many, () => many.RequestAsync("음"), 100));
    }

    private async Task StopAsync(TestHub hub, string channel)
    {
        await using var client = await ConnectAsync(hub, channel, "last");
        await EndAsync(client, channel, () => Task.Run(hub.App.StopAsync));
    }

    private static Task<RawSocketClient> ConnectAsync(TestHub hub, string channel = "session", string sessionId = "s") =>
        RawSocketClient.ConnectAsync(hub.App.Socket(sessionId, channel));

    /// <summary>A message that the document knows.</summary>
    private Task SayAsync(RawSocketClient client, string channel, string text)
    {
        _traffic.Said(channel, text);
        return client.SendAsync(text);
    }

    /// <summary>As many as there are, unless it is closed before.</summary>
    private static async Task FloodAsync(RawSocketClient client, Func<Task> send, int count)
    {
        try
        {
            for (var i = 0; i < count && !client.Closed.IsCompleted; i++)
            {
                await send();
            }
        }
        catch (WebSocketException)
        {
            // It was closed while this one was sent.
        }
    }

    private async Task EndAsync(RawSocketClient client, string channel, Func<Task> end)
    {
        await end();
        var (status, _) = await client.Closed.WaitAsync(Pulse.Patience);
        _closed.TryAdd(channel, []);
        _closed[channel].Add($"{(int)status!.Value}");
        Hear(client, channel);
    }

    private void Hear(RawSocketClient client, string channel)
    {
        foreach (var frame in client.Received)
        {
            _traffic.Heard(channel, frame.Raw);
        }
    }

    private void ShouldBeTheCloseCodesOf(string channel) => _closed[channel].Should().BeEquivalentTo(
        ContractFiles.AsyncApi["channels"]![channel]!["x-close-codes"]!.AsObject().Select(code => code.Key));
}
