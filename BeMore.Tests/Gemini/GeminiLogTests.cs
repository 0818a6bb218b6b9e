using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>What an operator learns of a turn with Gemini, and what nobody does.</summary>
public sealed class GeminiLogTests
{
    private const string Key = "AIzaSy-a-key-that-nobody-may-read";

    private static readonly Dictionary<string, GeminiScript> Talks = new()
    {
        ["answered"] = Gemini.Says("네."),
        ["key refused"] = GeminiFaults.Fails(400, "INVALID_ARGUMENT", $"API key {Key} not valid.", """[{"reason":"API_KEY_INVALID"}]"""),
        ["overloaded"] = GeminiFaults.Overloaded,
        ["cut"] = Gemini.Begins("그러").Cuts(),
        ["unreadable"] = Gemini.Sends($"\"{Key}\""),
        ["in-band"] = GeminiScript.Empty.FailsInBand(400, "INVALID_ARGUMENT", Key),
        ["status that is none"] = GeminiFaults.Fails(400, Key, Key, $$"""[{"reason":"{{Key}}"}]"""),
    };

    public static TheoryData<string> AllTalks => [.. Talks.Keys];

    [Theory]
    [MemberData(nameof(AllTalks))]
    public async Task TheKeyTravelsInItsHeaderAndIsInNoLogLine(string talk)
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_API_KEY"] = Key });
        hub.Gemini.Always(Talks[talk]);

        var outcome = await AskAsync(hub);

        outcome.Asked.Should().NotBeEmpty().And.OnlyContain(request => request.ApiKey == Key && request.Query == "?alt=sse");
        hub.App.Logs.AllText.Should().NotContain(Key);
        string.Concat(outcome.Frames.Select(frame => frame.Raw)).Should().NotContain(Key);
    }

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT")]
    [InlineData(503, "UNAVAILABLE")]
    public async Task WhatGeminiQuotesOfAMessageIsInNoLogLine(int status, string name)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Always(GeminiFaults.Fails(status, name, "Invalid text: 요즘 잠을 못 자요"));

        var outcome = await AskAsync(hub);

        outcome.Frames[^1].Type.Should().Be(Frame.StreamError);
        hub.App.Logs.AllText.Should().NotContain("요즘 잠을").And.NotContain("Invalid text");
    }

    [Fact]
    public async Task TheTokensAreInTheTurnsLogLine()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(Gemini.Begins("하나 ", "둘 ").Finishes("STOP", "셋"));

        var outcome = await AskAsync(hub);

        outcome.ShouldBeAnswered("하나 둘 셋");
        var ended = hub.App.Logs.Named("TurnEnded").Single();
        ended.Value("InputTokens").Should().Be("100");
        ended.Value("OutputTokens").Should().Be("21", "Gemini counts up from event to event");
        ended.Message.Should().EndWith("tokens 100 in and 21 out");
        double.Parse(ended.Value("FirstChunkMs")!, System.Globalization.CultureInfo.InvariantCulture).Should().BePositive();
    }
}
