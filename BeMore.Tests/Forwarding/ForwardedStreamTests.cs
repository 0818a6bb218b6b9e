using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;

namespace BeMore.Tests;

/// <summary>What is long or large passes through the hub as it comes, piece by piece.</summary>
public sealed class ForwardedStreamTests
{
    private const int Upload = 64 * 1024 * 1024;

    [Theory]
    [InlineData("/api/events", "text/event-stream")]
    [InlineData("/api/chunks", "text/plain")]
    public async Task EachPieceArrivesBeforeTheNextIsThere(string path, string type)
    {
        await using var hub = await ForwardingHub.StartAsync();

        // Before the first piece: whoever opened the stream knows that it is open.
        using var answer = await hub.SendAsync(HttpMethod.Get, path).WaitAsync(Pulse.Patience);
        answer.Content.Headers.ContentType!.MediaType.Should().Be(type);
        await using var stream = await answer.Content.ReadAsStreamAsync();

        foreach (var piece in (string[])["data: 하나\n\n", "data: 둘\n\n", "data: 셋\n\n"])
        {
            hub.Backend.Release(piece);
            (await ReadAsync(stream, Encoding.UTF8.GetByteCount(piece))).Should().Be(piece);
        }

        hub.Backend.Release(null);
        (await stream.ReadAsync(new byte[1])).Should().Be(0);
    }

    [Fact]
    public async Task WhoeverLeavesAStreamEndsItAtTheBackend()
    {
        await using var hub = await ForwardingHub.StartAsync();
        var answer = await hub.SendAsync(HttpMethod.Get, "/api/events");
        var seen = await hub.Backend.RequestAsync();

        answer.Dispose();

        (await seen.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue();
        hub.App.Logs.Named("AnswerBrokeOff").Should().BeEmpty("closing a tab is no incident");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ALargeUploadArrivesWhole(bool withLength)
    {
        await using var hub = await ForwardingHub.StartAsync();
        var bytes = new byte[Upload];
        FakeBackend.Fill(bytes, 0);
        using var content = new ByteArrayContent(bytes);
        // Without a length it is sent in chunks.
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.App.Http, "api/voice")) { Content = content };
        request.Headers.TransferEncodingChunked = withLength ? null : true;

        using var answer = await hub.Client.SendAsync(request);

        var echo = await ForwardingHub.EchoAsync(answer);
        echo.Length.Should().Be(Upload);
        echo.Sha256.Should().Be(Convert.ToHexString(SHA256.HashData(bytes)));
    }

    [Fact]
    public async Task AnUploadArrivesWhileItIsStillBeingMadeAndMayTakeLongerThanAnAnswer()
    {
        // .NET's client keeps back what does not fill its buffer, until more comes.
        const int Piece = 64 * 1024, KeptBack = 4096;
        var time = new ObservedTime();
        await using var hub = await ForwardingHub.StartAsync(time: time);
        var pieces = Channel.CreateUnbounded<byte[]>();
        using var content = new GrowingContent(pieces.Reader);

        var sending = hub.SendAsync(HttpMethod.Post, "/api/voice", content);
        for (var piece = 1; piece <= 3; piece++)
        {
            pieces.Writer.TryWrite(new byte[Piece]);
            await hub.Backend.UploadedAsync((piece * Piece) - KeptBack);
            // More than a backend may think, all in all.
            time.Advance(TimeSpan.FromSeconds(70));
        }

        sending.IsCompleted.Should().BeFalse();
        pieces.Writer.Complete();
        using var answer = await sending;
        (await ForwardingHub.EchoAsync(answer)).Length.Should().Be(3 * Piece);
    }

    [Fact]
    public async Task ALargeDownloadArrivesWhole()
    {
        const int Size = 48 * 1024 * 1024 + 7;
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(HttpMethod.Get, $"/api/download?bytes={Size}");

        answer.Content.Headers.ContentLength.Should().Be(Size);
        var expected = new byte[Size];
        FakeBackend.Fill(expected, 0);
        (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(expected).Should().BeTrue();
    }

    [Fact]
    public async Task AnAnswerThatTheBackendBreaksOffIsBrokenOffHereToo()
    {
        await using var hub = await ForwardingHub.StartAsync();

        using var answer = await hub.SendAsync(HttpMethod.Get, "/api/breaks-off?q=CANARY");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        (await ReadAsync(stream, 10)).Should().Be("half of it");
        hub.Backend.Release("break off");
        await stream.Invoking(s => s.ReadAsync(new byte[1]).AsTask()).Should().ThrowAsync<IOException>("half an answer is none");
        (await hub.App.Logs.WaitForAsync(e => e.Event.Name == "AnswerBrokeOff")).Value("Path").Should().Be("/api/breaks-off");
    }

    private static async Task<string> ReadAsync(Stream stream, int bytes)
    {
        var buffer = new byte[bytes];
        using var clock = new CancellationTokenSource(Pulse.Patience);
        await stream.ReadExactlyAsync(buffer, clock.Token);
        return Encoding.UTF8.GetString(buffer);
    }

    private sealed class GrowingContent(ChannelReader<byte[]> pieces) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await foreach (var piece in pieces.ReadAllAsync())
            {
                await stream.WriteAsync(piece);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
