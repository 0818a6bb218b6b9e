using System.Globalization;
using System.Net;
using System.Net.Sockets;
using BeMore.Gemini;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>Gemini refuses, or cannot be reached: what is tried again, whom is asked next, and what the person is told.</summary>
public sealed class GeminiFaultTests : IAsyncLifetime
{
    private static readonly Dictionary<string, GeminiScript> Scripts = new()
    {
        ["401 UNAUTHENTICATED"] = GeminiFaults.Fails(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        ["403 PERMISSION_DENIED"] = GeminiFaults.Forbidden,
        ["400 INVALID_ARGUMENT API_KEY_INVALID"] = GeminiFaults.InvalidKey,
        ["429 RESOURCE_EXHAUSTED"] = GeminiFaults.Exhausted(),
        ["500 INTERNAL"] = GeminiFaults.Internal,
        ["502"] = GeminiFaults.BadGateway,
        ["503 UNAVAILABLE"] = GeminiFaults.Overloaded,
        ["504 DEADLINE_EXCEEDED"] = GeminiFaults.DeadlineExceeded,
        ["503"] = Gemini.Fails(503, ""),
        // Not Google's own words: a proxy's, which knows nothing of models.
        ["404"] = Gemini.Fails(404, "<html>Not Found</html>", "text/html"),
    };

    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task ARequestThatGeminiCallsWrongIsNotRepeated()
    {
        _hub.Gemini.Always(GeminiFaults.InvalidArgument);

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeInternal("BadRequest", "Gemini answered 400 INVALID_ARGUMENT");
        outcome.Models.Should().Equal(FirstModel);
        TriedAgain.Should().BeEmpty();
    }

    [Theory]
    [InlineData("400 INVALID_ARGUMENT API_KEY_INVALID")]
    [InlineData("401 UNAUTHENTICATED")]
    [InlineData("403 PERMISSION_DENIED")]
    public async Task ARefusedKeyIsNotTriedAgain(string refusal)
    {
        _hub.Gemini.Always(Scripts[refusal]);

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeUnavailable("KeyRefused", $"Gemini answered {refusal}");
        outcome.Models.Should().Equal(FirstModel);
        TriedAgain.Should().BeEmpty();
    }

    [Fact]
    public async Task WhereTheFirstModelIsGoneTheSecondAnswersAtOnce()
    {
        _hub.Gemini.Next(GeminiFaults.NoSuchModel(FirstModel), Gemini.Says("괜찮으세요?"));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("괜찮으세요?");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        ShouldHaveTriedAgain(SecondModel, "Gemini answered 404 NOT_FOUND", "0");
        _hub.App.Logs.Named("GeminiModelGone").Should().ContainSingle().Which.Message.Should().ContainAll(FirstModel, "set GEMINI_MODEL to");
    }

    [Fact]
    public async Task WhereBothModelsAreGoneTheLogSaysWhatToSet()
    {
        _hub.Gemini.Always(GeminiFaults.NoSuchModel("any"));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeUnavailable("ModelGone", "Gemini answered 404 NOT_FOUND");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        var gone = _hub.App.Logs.Named("GeminiModelGone").Select(entry => entry.Message).ToList();
        gone.Should().HaveCount(2);
        gone[0].Should().ContainAll(FirstModel, "set GEMINI_MODEL to");
        gone[1].Should().ContainAll(SecondModel, "set GEMINI_FALLBACK_MODEL to");
    }

    [Fact]
    public async Task WhoIsToWaitShortlyWaitsSoLongAndALittleLongerAndAsksTheSameModel()
    {
        _hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(0.2)), Gemini.Says("말씀하세요."));
        var asked = TimeProvider.System.GetTimestamp();

        var outcome = await AskAsync(_hub);

        TimeProvider.System.GetElapsedTime(asked).Should().BeGreaterThan(TimeSpan.FromSeconds(0.19));
        outcome.ShouldBeAnswered("말씀하세요.");
        outcome.Models.Should().Equal(FirstModel, FirstModel);
        var again = TriedAgain.Should().ContainSingle().Subject;
        again.Value("Model").Should().Be(FirstModel);
        double.Parse(again.Value("DelayMs")!, CultureInfo.InvariantCulture).Should().BeInRange(200, 250, "not all who were sent away come back together");
    }

    [Fact]
    public async Task ATryThatCannotBeOverInTimeIsNotBegun()
    {
        // The clock stands still: whoever waits waits for ever.
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_ANSWER_START_TIMEOUT_MS"] = "1600" }, new FakeTimeProvider(SaidAt));
        hub.Gemini.Always(GeminiFaults.Exhausted(TimeSpan.FromSeconds(1.5)));

        var outcome = await AskAsync(hub);

        outcome.ShouldBeUnavailable("Passing", "Gemini answered 429 RESOURCE_EXHAUSTED");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
    }

    [Fact]
    public async Task WhoIsToWaitLongAsksTheOtherModelAtOnce()
    {
        _hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(37)), Gemini.Says("말씀하세요."));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("말씀하세요.");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
        ShouldHaveTriedAgain(SecondModel, "Gemini answered 429 RESOURCE_EXHAUSTED", "0");
    }

    [Fact]
    public async Task WhereBothModelsAskForALongWaitThePersonIsToldAtOnce()
    {
        _hub.Gemini.Always(GeminiFaults.Exhausted(TimeSpan.FromSeconds(37)));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeUnavailable("Passing", "Gemini answered 429 RESOURCE_EXHAUSTED");
        outcome.Models.Should().Equal(FirstModel, SecondModel);
    }

    [Theory]
    [InlineData("429 RESOURCE_EXHAUSTED")]
    [InlineData("500 INTERNAL")]
    [InlineData("502")]
    [InlineData("503 UNAVAILABLE")]
    [InlineData("503")]
    [InlineData("404")]
    [InlineData("504 DEADLINE_EXCEEDED")]
    public async Task WhatPassesIsTriedAgainUnseen(string fault)
    {
        _hub.Gemini.Next(Scripts[fault], Gemini.Says("많이 ", "힘드셨겠어요."));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("많이 힘드셨겠어요.");
        outcome.Models.Should().Equal(FirstModel, FirstModel);
        TriedAgain.Should().ContainSingle().Which.Value("Reason").Should().Be($"Gemini answered {fault}");
    }

    [Theory]
    [InlineData("429 RESOURCE_EXHAUSTED")]
    [InlineData("500 INTERNAL")]
    [InlineData("502")]
    [InlineData("503 UNAVAILABLE")]
    public async Task WhatDoesNotPassIsToldAfterThreeTriesTheLastWithTheOtherModel(string fault)
    {
        _hub.Gemini.Always(Scripts[fault]);

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeUnavailable("Passing", $"Gemini answered {fault}");
        outcome.Models.Should().Equal(FirstModel, FirstModel, SecondModel);
        TriedAgain.Select(entry => entry.Value("Model")).Should().Equal(FirstModel, SecondModel);
    }

    [Fact]
    public async Task AnUnreachableGeminiIsToldAfterThreeTries()
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_BASE_URL"] = $"http://127.0.0.1:{ClosedPort()}" });

        var outcome = await AskAsync(hub);

        outcome.ShouldBeUnavailable("Passing", "Gemini cannot be reached: ConnectionError.");
        outcome.Asked.Should().BeEmpty();
        hub.App.Logs.Named("GeminiTriedAgain").Select(entry => entry.Value("Model")).Should().Equal(FirstModel, SecondModel);
    }

    [Fact]
    public async Task AGeminiThatNeverTakesTheConnectionIsUnreachableToo()
    {
        var tries = 0;
        // A firewall that drops packets: only the handler's own deadline ends the try.
        using var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, cancellation) =>
            {
                Interlocked.Increment(ref tries);
                await Task.Delay(Timeout.Infinite, cancellation);
                throw new InvalidOperationException("A delay without end ended.");
            },
        };
        await using var app = await BeMoreApplication.StartAsync(
            settings: new Dictionary<string, string?> { ["DATABASE_URL"] = _hub.DatabaseUrl, ["GEMINI_API_KEY"] = "key" },
            services: services => services.AddHttpClient("gemini").ConfigurePrimaryHttpMessageHandler(() => handler));
        await using var client = await app.ConnectAsync("s");

        await client.RequestAsync("여보세요");
        var frames = await client.ReadTurnAsync();

        frames.Types().Should().Equal(Frame.Begin, Frame.StreamError);
        frames[^1].Code.Should().Be("AI_UNAVAILABLE");
        app.Logs.Named("ModelFailed").Should().ContainSingle().Which.Value("Failure").Should().Be(nameof(GeminiFailure.Passing));
        app.Logs.Named("TurnBroke").Should().BeEmpty();
        tries.Should().Be(3);
    }

    private IReadOnlyList<LogEntry> TriedAgain => _hub.App.Logs.Named("GeminiTriedAgain");

    private void ShouldHaveTriedAgain(string model, string reason, string delayMs)
    {
        var again = TriedAgain.Should().ContainSingle().Subject;
        again.Value("Model").Should().Be(model);
        again.Value("Reason").Should().Be(reason);
        again.Value("DelayMs").Should().Be(delayMs);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
