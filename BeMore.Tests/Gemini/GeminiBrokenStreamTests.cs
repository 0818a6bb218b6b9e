using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>
/// Gemini's answer breaks. Before the first words nobody notices; afterwards what was said stays, the turn fails, and nothing is
/// asked again.
/// </summary>
public sealed class GeminiBrokenStreamTests : IAsyncLifetime
{
    private const string Cut = "Gemini's answer was cut: the connection broke.";
    private const string Unfinished = "Gemini's answer was cut: it ended without a finish reason.";

    private static readonly Dictionary<string, (GeminiScript Script, string Failure, string Reason)> Breaks = new()
    {
        ["cut"] = (GeminiScript.Empty.Cuts(), "Passing", Cut),
        ["reset"] = (GeminiScript.Empty.Resets(), "Passing", "*"),
        ["ended"] = (GeminiScript.Empty.SendsHeaders(), "Passing", Unfinished),
        ["somebody else's page"] = (GeminiScript.Empty.SendsRaw([.. "<html>Please log in.</html>\n"u8]), "Passing", Unfinished),
        ["overloaded"] = (GeminiScript.Empty.FailsInBand(), "Passing", "Gemini answered 503 UNAVAILABLE"),
        ["exhausted"] = (GeminiScript.Empty.FailsInBand(429, "RESOURCE_EXHAUSTED", "Quota"), "Passing", "Gemini answered 429 RESOURCE_EXHAUSTED"),
        ["no JSON"] = (Gemini.Sends("{\"candidates\":[{\"content\":"), "Unreadable", "Gemini sent an event of 26 bytes that is not the JSON it should be."),
        ["HTML"] = (Gemini.Sends("<html>"), "Unreadable", "Gemini sent an event of 6 bytes *"),
        ["null"] = (Gemini.Sends("null"), "Unreadable", "Gemini sent an event of 4 bytes *"),
        ["no data"] = (Gemini.Sends(""), "Unreadable", "Gemini sent an event of 0 bytes *"),
        ["other JSON"] = (Gemini.Sends("{\"candidates\":\"none\"}"), "Unreadable", "Gemini sent an event of 21 bytes *"),
        ["words that are a number"] = (Gemini.Sends("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":7}]}}]}"), "Unreadable", "*"),
        ["half a character"] = (Gemini.Sends("{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\ud800\"}]}}]}"), "Unreadable", "*"),
        ["more behind it"] = (Gemini.Sends("{\"candidates\":[]} {}"), "Unreadable", "*"),
        ["a line without end"] = (GeminiScript.Empty.SendsRaw([.. "data: "u8, .. new byte[3 * 1024 * 1024]]).Stalls(), "Unreadable", "Gemini sent more than the 2097152 bytes *"),
        ["no UTF-8"] = (GeminiScript.Empty.SendsRaw([.. "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""u8, 0xEC, 0x95, .. "\"}]}}]}\n\n"u8]), "Unreadable", "*"),
    };

    private TestHub _hub = null!;

    public static TheoryData<string> AllBreaks => [.. Breaks.Keys];

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [MemberData(nameof(AllBreaks))]
    public async Task BeforeTheFirstWordsABreakIsTriedAgainUnseen(string way)
    {
        _hub.Gemini.Next(Breaks[way].Script, Gemini.Says("이제 ", "들려요."));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("이제 들려요.");
        outcome.Models.Should().Equal(FirstModel, FirstModel);
        _hub.App.Logs.Named("GeminiTriedAgain").Should().ContainSingle().Which.Value("Reason").Should().Match(Breaks[way].Reason);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("reset")]
    [InlineData("ended")]
    [InlineData("overloaded")]
    public async Task WhoBreaksEachTimeBeforeTheFirstWordsIsUnavailable(string way)
    {
        _hub.Gemini.Always(Breaks[way].Script);

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeUnavailable("Passing", Breaks[way].Reason);
        outcome.Models.Should().Equal(FirstModel, FirstModel, SecondModel);
    }

    [Fact]
    public async Task WhoCannotBeReadEachTimeIsAFaultOfOurs()
    {
        _hub.Gemini.Always(Breaks["no JSON"].Script);

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeInternal("Unreadable", Breaks["no JSON"].Reason);
        outcome.Models.Should().Equal(FirstModel, FirstModel, SecondModel);
    }

    [Fact]
    public async Task WhoCannotBeReadIsLeftAtOnce()
    {
        _hub.Gemini.Next(Gemini.Begins("많이 ").Sends("<html>").Stalls());

        var outcome = await AskAsync(_hub);

        // The framework's own way is to read on for two seconds, in the hope of an end.
        (await outcome.Asked[0].Ended.WaitAsync(TimeSpan.FromSeconds(1))).Should().BeTrue("the hub left it");
    }

    [Theory]
    [MemberData(nameof(AllBreaks))]
    public async Task AfterTheFirstWordsABreakEndsTheAnswerAndKeepsWhatWasSaid(string way)
    {
        var (script, failure, reason) = Breaks[way];
        // An RST overtakes what has not been read.
        var read = new TaskCompletionSource();
        _hub.Gemini.Next(Gemini.Begins("많이 ", "힘드셨").WaitsFor(read.Task).Then(script));

        var outcome = await AskAsync(_hub, read);

        if (failure == "Unreadable")
        {
            outcome.ShouldBeInternal(failure, reason, "많이 힘드셨");
        }
        else
        {
            outcome.ShouldBeUnavailable(failure, reason, "많이 힘드셨");
        }

        outcome.Models.Should().Equal(FirstModel);
        _hub.App.Logs.Named("GeminiTriedAgain").Should().BeEmpty();
    }

    [Fact]
    public async Task AnErrorThatTellsOfAWrongRequestIsNotRepeatedInBandEither()
    {
        _hub.Gemini.Always(GeminiScript.Empty.FailsInBand(400, "INVALID_ARGUMENT", "요즘 잠을 못 자요"));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeInternal("BadRequest", "Gemini answered 400 INVALID_ARGUMENT");
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task ABreakBehindTheFinishReasonChangesNothing()
    {
        _hub.Gemini.Next(Gemini.Says("여기까지예요.").Cuts());

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("여기까지예요.");
        outcome.Models.Should().Equal(FirstModel);
    }

    [Fact]
    public async Task AMistakeOfOursInMidAnswerKeepsWhatWasSaidToo()
    {
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = _hub.DatabaseUrl, ["STREAM_CHUNK_INTERVAL_MS"] = "0" },
            services: services => services.AddSingleton<IChatClient>(new ModelWithAMistake()));
        await using var client = await app.ConnectAsync("s");

        await client.RequestAsync("여보세요");
        var frames = await client.ReadTurnAsync();

        frames.Types().Should().Equal(Frame.Begin, Frame.ChunkType, Frame.StreamError);
        frames[^1].Code.Should().Be("INTERNAL");
        (await _hub.TurnsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be("많이 힘드셨");
        app.Logs.Named("TurnBroke").Should().ContainSingle();
        app.Logs.Named("TurnEnded").Should().ContainSingle().Which.Value("Outcome").Should().Be("INTERNAL");
    }

    private sealed class ModelWithAMistake : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return new ChatResponseUpdate(ChatRole.Assistant, "많이 힘드셨");
            throw new InvalidOperationException("Nobody thought of this.");
        }

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("Answers are streamed.");

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
