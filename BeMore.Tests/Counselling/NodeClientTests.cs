using System.Text.Json;

namespace BeMore.Tests;

/// <summary>protocol.md, section 2, with the published client.</summary>
public sealed class NodeClientTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    // Gemini's own deadline is not what ends a stream here.
    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(new() { ["GEMINI_SILENCE_TIMEOUT_MS"] = "120000" });

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task ThePublishedClientHearsWhatTheRawSocketHears(string transport)
    {
        _hub.Gemini.Always(Gemini.Says("많이 힘드셨겠어요. 👋 무엇이 \"가장\" 힘드신가요?"));
        await using var socket = await _hub.ConnectAsync("raw");
        await socket.RequestAsync("힘들어요", "sad", 1704902400000);
        var raw = await socket.ReadTurnAsync();

        await using var client = await NodeClient.RunAsync(
            _hub.App.Hub(), transport, "node", "힘들어요", "--emotion", "sad", "--timestamp", "1704902400000");

        client.Events.Select(e => e.Event).Where(e => e != "item").Should().Equal("connected", "ping", "complete", "closed");
        var pong = client.Events.Single(e => e.Event == "ping").Item;
        pong.GetProperty("type").GetString().Should().Be("pong");
        pong.GetProperty("data").GetProperty("sessionId").GetString().Should().Be("node");
        // Reprinted by JavaScript, which escapes otherwise: the values count here, the bytes in SignalRTests.
        client.Frames.Select(Value).Should().Equal(raw.Select(Value));
        (await _hub.TurnsAsync("node")).Should().Equal(await _hub.TurnsAsync("raw"));
    }

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task UnsubscribingEndsTheAnswerAndKeepsWhatWasSaid(string transport)
    {
        _hub.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").Stalls());
        // Begin and the chunk.
        await using var client = NodeClient.Start(_hub.App.Hub(), transport, "node", "음", "--cancel-after", "2");
        await client.WaitForAsync("cancelled");

        (await (await _hub.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        await _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");
        client.Leave();
        await client.WaitForExitAsync();

        (await _hub.TurnsAsync("node")).Should().ContainSingle().Which.AiResponse.Should().Be("천천히 이야기해 볼까요. ");
        client.Frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType);
        client.Events.Select(e => e.Event).Should().NotContain("error");
    }

    [Fact]
    public async Task ARefusalIsAnItemAndNoException()
    {
        await using var client = await NodeClient.RunAsync(_hub.App.Hub(), "WebSockets", "node", "  ");

        client.Frames.Should().ContainSingle().Which.Code.Should().Be("EMPTY_MESSAGE");
        client.Events.Select(e => e.Event).Should().Contain("complete").And.NotContain("error");
    }

    [Fact]
    public async Task AKilledClientsAnswerGoesOn()
    {
        var gate = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("천천히 이야기해 볼까요. ").WaitsFor(gate.Task).Says("듣고 있어요."));
        await using (var client = NodeClient.Start(_hub.App.Hub(), "WebSockets", "node", "음"))
        {
            await client.WaitForAsync("item", 2);
        }

        gate.SetResult();
        await _hub.App.Logs.WaitForAsync(e => e.Event.Name == "TurnEnded");

        (await _hub.TurnsAsync("node")).Should().ContainSingle().Which.AiResponse.Should().Be("천천히 이야기해 볼까요. 듣고 있어요.");
    }

    private static string Value(Frame frame) => $"{frame.Type} {JsonSerializer.Serialize(frame.Data)} {frame.Chunk}";
}
