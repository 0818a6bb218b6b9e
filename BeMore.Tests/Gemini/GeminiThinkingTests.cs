using System.Text.Json;
using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>The first words must come within two seconds: models are asked to think less, where they allow it.</summary>
public sealed class GeminiThinkingTests
{
    private static readonly GeminiScript RefusesToThinkLess =
        GeminiFaults.Fails(400, "INVALID_ARGUMENT", "Budget 0 is invalid. This model only works in thinking mode.");

    [Theory]
    [InlineData("gemini-flash-latest", """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-flash", """{"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-pro", """{"thinkingBudget":128}""")]
    [InlineData("gemini-3-flash-preview", """{"thinkingLevel":"minimal"}""")]
    [InlineData("gemini-3-pro-preview", """{"thinkingLevel":"low"}""")]
    [InlineData("gemini-2.0-flash", null)]
    [InlineData("gemini-pro-latest", null)]
    public async Task EachModelIsAskedToThinkAsLittleAsItsNameTells(string model, string? thinking)
    {
        await using var hub = await TestHub.StartAsync(new() { ["GEMINI_MODEL"] = model });

        var outcome = await AskAsync(hub);

        outcome.Models.Should().Equal(model);
        Thinking(outcome.Asked[0]).Should().Be(thinking);
    }

    [Fact]
    public async Task AModelThatRefusesToThinkLessIsAskedAgainWithoutThatAndNeverAgainWithIt()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Next(RefusesToThinkLess, Gemini.Says("네, 듣고 있어요."));

        var outcome = await AskAsync(hub);

        outcome.ShouldBeAnswered("네, 듣고 있어요.");
        outcome.Models.Should().Equal(FirstModel, FirstModel);
        outcome.Asked.Select(Thinking).Should().Equal("""{"thinkingBudget":0}""", null);
        hub.App.Logs.Named("GeminiTriedAgain").Should().BeEmpty();

        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("또 왔어요");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        hub.Gemini.Requests.Select(Thinking).Should().Equal("""{"thinkingBudget":0}""", null, null);
    }

    [Fact]
    public async Task AModelThatRefusesEvenSoIsNotAskedForEver()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Gemini.Always(RefusesToThinkLess);

        var outcome = await AskAsync(hub);

        outcome.ShouldBeInternal("BadRequest", "Gemini answered 400 INVALID_ARGUMENT");
        outcome.Models.Should().Equal(FirstModel, FirstModel);
    }

    [Fact]
    public async Task TwoWhoAreRefusedAtOnceAreBothAnswered()
    {
        await using var hub = await TestHub.StartAsync();
        var bothAsked = new TaskCompletionSource();
        var refusal = Gemini.WaitsFor(bothAsked.Task).Then(RefusesToThinkLess);
        hub.Gemini.Next(refusal, refusal);
        await using var one = await hub.ConnectAsync("one");
        await using var two = await hub.ConnectAsync("two");

        await one.RequestAsync("하나");
        await two.RequestAsync("둘");
        await hub.Gemini.RequestAsync(1);
        bothAsked.SetResult();

        (await one.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await two.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        hub.Gemini.Requests.Should().HaveCount(4);
    }

    private static string? Thinking(GeminiRequest request) =>
        request.GenerationConfig.TryGetProperty("thinkingConfig", out var thinking) ? JsonSerializer.Serialize(thinking) : null;
}
