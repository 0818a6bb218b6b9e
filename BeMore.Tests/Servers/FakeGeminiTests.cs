using System.Net;
using System.Net.ServerSentEvents;
using System.Text;

namespace BeMore.Tests;

public sealed class FakeGeminiTests : IAsyncLifetime
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    private FakeGemini _gemini = null!;

    public async Task InitializeAsync() => _gemini = await FakeGemini.StartAsync();

    public async Task DisposeAsync() => await _gemini.DisposeAsync();

    [Fact]
    public async Task AScriptIsServedByteByByteAndArrivesWhole()
    {
        _gemini.Next(Gemini.Thinks("음").Says("안녕하세요. ", "반가워요. 👋").WithKeepAlives().ByteByByte());

        var events = await ReadEventsAsync(await AskAsync("안녕"));

        events.Should().HaveCount(3);
        events[0].Should().Contain("\"thought\":true");
        events[1].Should().Contain("안녕하세요. ").And.NotContain("finishReason");
        events[2].Should().Contain("👋").And.Contain("\"finishReason\":\"STOP\"").And.Contain("usageMetadata");
        var request = _gemini.Requests.Should().ContainSingle().Subject;
        request.LastUserText.Should().Be("안녕");
        request.Model.Should().Be("gemini-flash-latest");
        request.ApiKey.Should().Be("key");
        (await request.Ended).Should().BeFalse();
    }

    [Fact]
    public async Task AGateHoldsTheNextEventBackUntilTheTestOpensIt()
    {
        var gate = new TaskCompletionSource();
        _gemini.Always(Gemini.Begins("하나 ").WaitsFor(gate.Task).Says("둘"));

        var events = SseParser.Create(await (await AskAsync("?")).Content.ReadAsStreamAsync()).EnumerateAsync().GetAsyncEnumerator();
        (await events.MoveNextAsync()).Should().BeTrue();
        events.Current.Data.Should().Contain("하나");
        var second = events.MoveNextAsync().AsTask();
        second.IsCompleted.Should().BeFalse();
        gate.SetResult();

        (await second).Should().BeTrue();
        events.Current.Data.Should().Contain("둘");
        await events.DisposeAsync();
    }

    [Fact]
    public async Task ACutIsSeenAsAPrematureEnd()
    {
        _gemini.Next(Gemini.Begins("말하다가").Cuts());

        var response = await AskAsync("?");

        var text = await ReadToTheErrorAsync(response);
        text.Should().Contain("말하다가");
        (await _gemini.Requests[0].Ended.WaitAsync(Pulse.Patience)).Should().BeFalse();
    }

    [Fact]
    public async Task AResetIsSeenAsAnError()
    {
        _gemini.Next(Gemini.Begins("말하다가").Resets());

        await FluentActions.Awaiting(async () => await ReadEventsAsync(await AskAsync("?"))).Should().ThrowAsync<Exception>()
            .Where(problem => problem is HttpRequestException || problem is IOException);
        (await _gemini.Requests[0].Ended.WaitAsync(Pulse.Patience)).Should().BeFalse();
    }

    [Fact]
    public async Task AClientThatLeavesAStalledStreamIsNoticed()
    {
        _gemini.When(text => text.Contains("잠깐", StringComparison.Ordinal), Gemini.Begins("음…").Stalls());

        var response = await AskAsync("잠깐만요");
        var request = await _gemini.RequestAsync();
        _gemini.OpenStreams.Should().Be(1);
        response.Dispose();

        (await request.Ended.WaitAsync(Pulse.Patience)).Should().BeTrue();
        await _gemini.WaitForOpenStreamsAsync(0);
    }

    [Fact]
    public async Task ErrorsAreGooglesOwn()
    {
        _gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(3)), GeminiFaults.InvalidKey, GeminiFaults.BadGateway, Gemini.SaysNothing);

        var exhausted = await AskAsync("?");
        exhausted.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        (await exhausted.Content.ReadAsStringAsync()).Should().Contain("\"retryDelay\":\"3s\"").And.Contain("RESOURCE_EXHAUSTED");
        (await (await AskAsync("?")).Content.ReadAsStringAsync()).Should().Contain("API_KEY_INVALID");
        (await AskAsync("?")).Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        (await (await AskAsync("?")).Content.ReadAsStringAsync()).Should().BeEmpty();
        (await ReadEventsAsync(await AskAsync("?"))).Should().HaveCount(3, "nothing is scripted any more");
    }

    private Task<HttpResponseMessage> AskAsync(string text)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Post, $"{_gemini.BaseUrl}/v1beta/models/gemini-flash-latest:streamGenerateContent?alt=sse")
        {
            Content = new StringContent(
                $$"""{"contents":[{"role":"user","parts":[{"text":"{{text}}"}]}]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-goog-api-key", "key");
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<List<string>> ReadEventsAsync(HttpResponseMessage response) =>
        await SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync().Select(item => item.Data).ToListAsync();

    private static async Task<string> ReadToTheErrorAsync(HttpResponseMessage response)
    {
        using var received = new MemoryStream();
        var stream = await response.Content.ReadAsStreamAsync();
        await FluentActions.Awaiting(() => stream.CopyToAsync(received)).Should().ThrowAsync<HttpIOException>()
            .Where(problem => problem.HttpRequestError == HttpRequestError.ResponseEnded);
        return Encoding.UTF8.GetString(received.ToArray());
    }
}
