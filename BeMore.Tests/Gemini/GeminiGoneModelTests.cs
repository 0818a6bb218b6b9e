using Microsoft.Extensions.Time.Testing;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>A model that Google has no more is remembered: no turn loses time with it, and whoever runs the hub learns what to set.</summary>
public sealed class GeminiGoneModelTests : IAsyncLifetime
{
    private static readonly GeminiScript Gone = GeminiFaults.NoSuchModel("any");

    private readonly FakeTimeProvider _time = new(SaidAt);
    private TestHub _hub = null!;

    private IEnumerable<string> GoneByTheLog => _hub.App.Logs.Named("GeminiModelGone").Select(entry => $"{entry.Level}: {entry.Value("Model")}, set {entry.Value("Variable")}");

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task AGoneModelIsNotAskedAgainByTheNextTurn()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gone);

        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Type == Frame.Complete);

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, SecondModel, SecondModel);
        GoneByTheLog.Should().Equal($"Error: {FirstModel}, set GEMINI_MODEL");
        (await _hub.ModelInWordsAsync()).Should().Be(
            $"Gemini, {FirstModel}, then {SecondModel}; {FirstModel} is gone since 2024-01-10T16:00:00Z, asked again every 60 min: "
            + "set GEMINI_MODEL to a model that Google lists");
    }

    [Fact]
    public async Task AGoneFallbackIsNamedByItsOwnSetting()
    {
        _hub.Gemini.AlwaysOf(FirstModel, GeminiFaults.OverloadedForAMoment);
        _hub.Gemini.AlwaysOf(SecondModel, Gone);
        await _hub.AskOnceAsync();

        _hub.Gemini.AlwaysOf(FirstModel, Gemini.Default);
        await _hub.AskOnceAsync();

        _hub.Gemini.Models().Should().Equal(FirstModel, FirstModel, SecondModel, FirstModel);
        GoneByTheLog.Should().Equal($"Error: {SecondModel}, set GEMINI_FALLBACK_MODEL");
        (await _hub.ModelInWordsAsync()).Should().Contain($"{SecondModel} is gone").And.EndWith("set GEMINI_FALLBACK_MODEL to a model that Google lists");
    }

    [Fact]
    public async Task WithoutAFallbackTheFirstModelHasAllTries()
    {
        _hub.Gemini.AlwaysOf(SecondModel, Gone);
        _hub.Gemini.Next(GeminiFaults.OverloadedForAMoment, GeminiFaults.OverloadedForAMoment);
        await _hub.AskOnceAsync();
        var asked = _hub.Gemini.Requests.Count;
        _hub.Gemini.Next(GeminiFaults.OverloadedForAMoment, GeminiFaults.OverloadedForAMoment);

        (await _hub.AskOnceAsync())[^1].Type.Should().Be(Frame.Complete);

        _hub.Gemini.Models().Skip(asked).Should().Equal(FirstModel, FirstModel, FirstModel);
    }

    [Fact]
    public async Task WhereBothAreGonePeopleAreToldAtOnceAndNobodyIsAsked()
    {
        _hub.Gemini.Always(Gone);

        (await _hub.TalkAsync(3)).Should().OnlyContain(frame => frame.Code == "AI_UNAVAILABLE");

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel);
        GoneByTheLog.Should().Equal($"Error: {FirstModel}, set GEMINI_MODEL", $"Error: {SecondModel}, set GEMINI_FALLBACK_MODEL");
        _hub.App.Logs.Named("ModelFailed").Select(entry => entry.Value("Failure")).Should().OnlyContain(failure => failure == "ModelGone");
        // Where nobody else can answer, an hour would be long.
        (await _hub.ModelInWordsAsync()).Should().Contain("asked again every 60 s");

        _hub.Gemini.Always(Gemini.Default);
        _time.Advance(TimeSpan.FromMinutes(1));
        (await _hub.AskOnceAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task ANameThatComesBackIsFoundWithinTheHour()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gone);
        await _hub.AskOnceAsync();
        _hub.Gemini.AlwaysOf(FirstModel, Gemini.Default);

        _time.Advance(TimeSpan.FromMinutes(59));
        await _hub.AskOnceAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        await _hub.TalkAsync(2);

        _hub.Gemini.Models().Should().Equal(FirstModel, SecondModel, SecondModel, FirstModel, FirstModel);
        _hub.App.Logs.Named("GeminiAnswersAgain").Should().ContainSingle().Which.Value("Model").Should().Be(FirstModel);
        (await _hub.ModelInWordsAsync()).Should().Be($"Gemini, {FirstModel}, then {SecondModel}");
    }

    [Fact]
    public async Task ANameThatStaysAwayIsAskedOnceAnHourAndLoggedOnce()
    {
        _hub.Gemini.AlwaysOf(FirstModel, Gone);

        for (var hour = 0; hour < 3; hour++)
        {
            (await _hub.TalkAsync(2)).Should().OnlyContain(frame => frame.Type == Frame.Complete);
            _time.Advance(TimeSpan.FromHours(1));
        }

        _hub.Gemini.Models().Where(model => model == FirstModel).Should().HaveCount(3);
        GoneByTheLog.Should().ContainSingle();
    }
}
