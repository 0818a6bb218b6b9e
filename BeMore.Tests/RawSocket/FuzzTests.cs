using System.Text;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>Whatever is sent, the socket stays open, and what it answers is of the contract.</summary>
public sealed class FuzzTests
{
    private const int Envelopes = 2500;

    // Fewer than may wait, though every one of them were a request.
    private const int Batch = 50;

    [Fact]
    public async Task NothingThatIsSentBreaksTheSocket()
    {
        var seed = Random.Shared.Next();
        try
        {
            await RunAsync(seed);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"With the seed {seed}: {e.Message}", e);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20260101)]
    public Task NeitherDoesWhatBrokeItOnce(int seed) => RunAsync(seed, Envelopes / 4);

    private static async Task RunAsync(int seed, int envelopes = Envelopes)
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000000" });
        hub.Gemini.Always(Gemini.Says("네."));
        hub.Gemini.When(text => text == "FENCE", Gemini.Says("FENCE"));
        await using var client = await hub.ConnectAsync();
        var mutator = new EnvelopeMutator(seed);

        for (var sent = 0; sent < envelopes; sent += Batch)
        {
            var batch = Enumerable.Range(0, Batch).Select(_ => mutator.Next()).Where(e => Encoding.UTF8.GetByteCount(e) < 60_000).ToList();
            try
            {
                await SendAsync(client, batch, $"fence-{sent}");
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{e.Message[..Math.Min(100, e.Message.Length)]}\nAfter these envelopes:\n{string.Join('\n', batch)}", e);
            }
        }

        client.Received.Should().OnlyContain(f => IsOfTheContract(f));
        hub.App.Logs.Entries.Where(e => e.Level >= LogLevel.Error).Should().BeEmpty();
        hub.Gemini.Requests.Should().HaveCountGreaterThan(envelopes / 50, "many are requests like any other");
    }

    /// <summary>Returns when all has been answered.</summary>
    private static async Task SendAsync(RawSocketClient client, List<string> batch, string fence)
    {
        foreach (var envelope in batch)
        {
            await client.SendAsync(envelope);
        }

        // Commands are answered in order: what follows its answer is ours, and no cancel is on its way any more.
        await client.SendAsync($$"""{"type":"{{fence}}"}""");
        await client.ReadUntilAsync(f => f.Message == $"알 수 없는 명령: {fence}");
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");
        await client.RequestAsync("FENCE");
        await client.ReadUntilAsync(f => f.Chunk == "FENCE");
        await client.ReadUntilAsync(f => f.Type == Frame.Complete);
    }

    private static bool IsOfTheContract(Frame frame) => frame.Type switch
    {
        Frame.Begin or Frame.Complete => frame.Raw == $$$"""{"type":"{{{frame.Type}}}","data":{}}""",
        Frame.ChunkType => !string.IsNullOrEmpty(frame.Chunk),
        Frame.StreamError => frame.Code is "EMPTY_MESSAGE" or "MESSAGE_TOO_LONG" && frame.Error is "메시지가 비어있습니다" or "메시지가 너무 깁니다 (최대 2000자)",
        "error" => frame.Code is "PARSE_ERROR" && frame.Message == "메시지 파싱 오류"
            || frame.Code is "UNKNOWN_COMMAND" && frame.Message!.StartsWith("알 수 없는 명령: ", StringComparison.Ordinal),
        "pong" => frame.Data.GetProperty("timestamp").GetInt64() > 0 && frame.Data.GetProperty("sessionId").GetString() == "s",
        _ => false,
    };
}
