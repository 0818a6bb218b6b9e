namespace BeMore.Tests;

/// <summary>A deployment's own help texts are what people are told, and one that would leave somebody without help stops the start.</summary>
public sealed class HelpTextsTests
{
    private const string Rescue = "\"{rescue}, {suicide}.\", \"{police}!\"";
    private const string Routes = "\"{suicide}, {crisis}.\", \"{crisis}; {suicide}\"";

    [Fact]
    public async Task ThePersonIsToldTheDeploymentsOwnWords()
    {
        using var file = Of("""
            "{police}에 전화하세요. {rescue.number}도 있어요.", "{rescue}, 지금이요."
            """, """
            "{suicide}에서 {suicide.hours}, {crisis}에서 {crisis.hours} 들어요.", "{crisis}, {suicide}. {suicide.written}요."
            """);
        await using var hub = await TestHub.StartAsync(new() { ["HELP_TEXTS_FILE"] = file.Path });
        await using var client = await hub.ConnectAsync();
        var said = new List<string>();
        foreach (var message in (string[])["죽고 싶어요", "죽고 싶어요", "죽고 싶어요", "지금 옥상 난간에 서 있어요 뛰어내릴 거예요"])
        {
            await client.RequestAsync(message);
            said.Add((await client.ReadTurnAsync())[1].Chunk!);
        }

        said.Should().Equal(
            "자살예방상담전화 109(일공구)에서 24시간, 정신건강위기상담전화 1577-0199(일오칠칠 공일구구)에서 24시간 들어요. ",
            "정신건강위기상담전화 1577-0199(일오칠칠 공일구구), 자살예방상담전화 109(일공구). 문자로도요. ",
            "자살예방상담전화 109(일공구)에서 24시간, 정신건강위기상담전화 1577-0199(일오칠칠 공일구구)에서 24시간 들어요. ",
            "구조와 구급 119(일일구), 지금이요. ");
    }

    [Theory]
    [InlineData("\"{suicide}, {rescue}\", \"{police}\"", Routes, "whose \"imminent\" texts all name {rescue} or {police} before any other line (number 1 does not)")]
    [InlineData("\"{rescue}\", \"도와드릴게요.\"", Routes, "whose \"imminent\" texts all name {rescue} or {police} before any other line (number 2 does not)")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\", \"{suicide}, {suicide.number}\"", "whose \"active\" texts all name two lines, such as {suicide} and {crisis}, because lines are busy (number 2 does not)")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\"", "2 or more \"active\" texts")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\", \"{suicide}, {crisis.written} {crisis}\"", "2 or more \"active\" texts that can be said with the help lines that there are")]
    [InlineData(Rescue, "", "2 or more \"active\" texts")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\", null", "texts all say something (\"active\" 2 does not)")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\", \" \"", "texts all say something (\"active\" 2 does not)")]
    [InlineData(Rescue, "\"{suicide}, {crisis}\", \"{suicide}, {friend}\"", "in braces a line's id, or that and a dot and one of name, number, spoken, hours, written (\"active\" 2 has something else)")]
    [InlineData(Rescue, "\"{suicide}, {crisis}, {crisis.colour}\", \"{suicide}\"", "(\"active\" 1 has something else)")]
    [InlineData("\"{rescue}, {Suicide}\", \"{police}\"", Routes, "(\"imminent\" 1 has something else)")]
    [InlineData("\"{rescue}, {suicide\", \"{police}\"", Routes, "(\"imminent\" 1 has something else)")]
    [InlineData("{", Routes, "JSON of the shape of BeMore.Hub/Safety/help-texts.json")]
    [InlineData("109", Routes, "JSON of the shape of BeMore.Hub/Safety/help-texts.json")]
    public async Task ATextThatWouldLeaveSomebodyWithoutHelpStopsTheStart(string imminent, string active, string says)
    {
        using var file = Of(imminent, active);
        await using var hub = HubProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["PORT"] = "0", ["HELP_TEXTS_FILE"] = file.Path });

        (await hub.WaitForExitAsync()).Should().Be(78, hub.Output);
        hub.Lines.Should().ContainSingle().Which.Should().StartWith($"HELP_TEXTS_FILE is \"{file.Path}\", but must be ").And.Contain(says);
    }

    private static HelpFile Of(string imminent, string active) => HelpFile.Of($$"""{"imminent":[{{imminent}}],"active":[{{active}}]}""");
}
