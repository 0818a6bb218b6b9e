using System.Text.Json.Nodes;

namespace BeMore.Tests;

/// <summary>A deployment's own help lines are what people and the model are told, and a file that would tell them something else stops the start.</summary>
public sealed class HelpLinesTests
{
    private const string Imminent = "지금 옥상 난간에 서 있어요 뛰어내릴 거예요";
    private const string Active = "요즘 계속 죽고 싶다는 생각만 들어요";
    private const string Passive = "제가 없어져도 아무도 모를 것 같아요 그냥 사라지고 싶어요";
    private const string Violence = "아버지가 술만 마시면 저를 때려요";

    private static readonly Dictionary<string, (Action<JsonArray> Change, string Says)> Mistakes = new()
    {
        ["no lines"] = (lines => lines.Clear(), "a list that has a line \"suicide\""),
        ["a line too few"] = (lines => lines.Remove(lines.Line("women")), "a list that has a line \"women\""),
        ["null among them"] = (lines => lines.Insert(1, null), "an \"id\" of small letters (number 2 has none)"),
        ["no id"] = (lines => lines.Line("police").AsObject().Remove("id"), "an \"id\" of small letters (number 4 has none)"),
        ["an id that no text can name"] = (lines => lines.Line("police")["id"] = "Police 2", "an \"id\" of small letters (number 4 has none)"),
        ["an id twice"] = (lines => lines.Add(lines.Line("crisis").DeepClone()), "a list that has a line \"crisis\" once"),
        ["no name"] = (lines => lines.Line("crisis").AsObject().Remove("name"), "whose line \"crisis\" has a \"name\""),
        ["a blank name"] = (lines => lines.Line("crisis")["name"] = " ", "whose line \"crisis\" has a \"name\""),
        ["no number"] = (lines => lines.Line("crisis").AsObject().Remove("number"), "whose line \"crisis\" has a \"number\" of 3 to 15 digits"),
        ["a number in words"] = (lines => lines.Line("crisis")["number"] = "일공구", "whose line \"crisis\" has a \"number\" of 3 to 15 digits"),
        ["a number with a hyphen at its end"] = (lines => lines.Line("crisis")["number"] = "1577-", "whose line \"crisis\" has a \"number\" of 3 to 15 digits"),
        ["a number that is too short"] = (lines => lines.Line("crisis")["number"] = "11", "whose line \"crisis\" has a \"number\" of 3 to 15 digits"),
        ["a number that is JSON's"] = (lines => lines.Line("crisis")["number"] = 109, "JSON of the shape of BeMore.Hub/Safety/help-lines.json"),
        ["no spoken form"] = (lines => lines.Line("crisis").AsObject().Remove("spoken"), "whose line \"crisis\" has a \"spoken\" form of its number in Hangul"),
        ["digits as spoken form"] = (lines => lines.Line("crisis")["spoken"] = "1577", "whose line \"crisis\" has a \"spoken\" form of its number in Hangul"),
        ["no hours"] = (lines => lines.Line("crisis").AsObject().Remove("hours"), "whose line \"crisis\" has \"hours\", such as 24시간"),
        ["blank way to write"] = (lines => lines.Line("crisis")["written"] = "", "whose line \"crisis\" has in \"written\" how one writes there"),
        ["no source"] = (lines => lines.Line("crisis").AsObject().Remove("source"), "whose line \"crisis\" has a \"source\""),
        ["no date"] = (lines => lines.Line("crisis").AsObject().Remove("checked"), "whose line \"crisis\" has in \"checked\" the date"),
        ["a date of another form"] = (lines => lines.Line("crisis")["checked"] = "22.11.2026", "whose line \"crisis\" has in \"checked\" the date"),
    };

    public static TheoryData<string> Wrong => new(Mistakes.Keys);

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task AWrongLineStopsTheStartWithASentenceThatNamesIt(string mistake)
    {
        var (change, says) = Mistakes[mistake];
        using var file = HelpFile.OfLines(change);

        await StopsTheStartAsync(file.Path, says);
    }

    [Theory]
    [InlineData("{", "help-lines.json (it is not in line 1)")]
    [InlineData("null", "JSON of the shape of BeMore.Hub/Safety/help-lines.json")]
    [InlineData("{}", "a file with a list \"lines\"")]
    [InlineData("{\"lines\":null}", "a file with a list \"lines\"")]
    [InlineData("{\"lines\":109}", "JSON of the shape of BeMore.Hub/Safety/help-lines.json")]
    public async Task SoDoesAFileOfAnotherShape(string content, string says)
    {
        using var file = HelpFile.Of(content);

        await StopsTheStartAsync(file.Path, says);
    }

    [Fact]
    public Task SoDoesAFileThatIsNotThere() => StopsTheStartAsync("/nowhere/lines.json", "a file that can be read");

    [Fact]
    public async Task ThePersonAndTheModelAreToldTheDeploymentsOwnLinesAndNothingThatIsNotTrueOfThem()
    {
        using var file = HelpFile.OfLines(lines =>
        {
            foreach (var (id, number, spoken) in ((string, string, string)[])
                [
                    ("suicide", "02-1111-2222", "공이 일일일일 이이이이"), ("crisis", "1588-0001", "일오팔팔 공공공일"), ("rescue", "991", "구구일"),
                    ("police", "992", "구구이"), ("youth", "993", "구구삼"), ("women", "994", "구구사"),
                ])
            {
                var line = lines.Line(id);
                (line["number"], line["spoken"], line["name"], line["hours"]) = (number, spoken, $"{id} 상담", "평일 낮에");
                line.AsObject().Remove("written");
            }
        });
        await using var hub = await TestHub.StartAsync(new() { ["HELP_LINES_FILE"] = file.Path, ["MAX_AI_REQUESTS_PER_MINUTE"] = "100" });

        var active = await HelpAsync(hub, "active", Active, 4);
        var imminent = await HelpAsync(hub, "imminent", Imminent, 3);
        await HelpAsync(hub, "passive", Passive, 1);
        await HelpAsync(hub, "other", Violence, 1);

        active.Should().OnlyHaveUniqueItems().And.OnlyContain(help =>
            help.Contains("suicide 상담 02-1111-2222(공이 일일일일 이이이이)") && help.Contains("crisis 상담 1588-0001(일오팔팔 공공공일)") && help.Contains("평일 낮에"));
        imminent.Should().OnlyContain(help => help.Contains("rescue 상담 991(구구일)") && help.Contains("police 상담 992(구구이)"));
        imminent.Distinct().Should().HaveCount(2, "one can write to none of these lines: that text is left out");
        var prompts = hub.Gemini.Requests.Select(r => r.SystemInstruction!).ToList();
        prompts[4].Should().Contain("rescue 상담 991(구구일) 또는 police 상담 992(구구이)에 전화하거나");
        prompts[^2].Should().Contain("suicide 상담 02-1111-2222(공이 일일일일 이이이이)에 평일 낮에 연락할 수 있다고");
        prompts[^1].Should().Contain("women 상담 994(구구사)에 평일 낮에").And.Contain("youth 상담 993(구구삼)에 평일 낮에");
        foreach (var text in active.Concat(imminent).Concat(prompts))
        {
            text.Should().NotContainAny("24시간", "밤낮", "문자", "109", "1577", "119", "1366", "1388", "{");
        }
    }

    private static async Task<List<string>> HelpAsync(TestHub hub, string session, string message, int turns)
    {
        await using var client = await hub.ConnectAsync(session);
        var said = new List<string>();
        for (var turn = 0; turn < turns; turn++)
        {
            await client.RequestAsync(message);
            said.Add((await client.ReadTurnAsync())[1].Chunk!);
        }

        return said;
    }

    private static async Task StopsTheStartAsync(string path, string says)
    {
        await using var hub = HubProcess.Start(new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["PORT"] = "0", ["HELP_LINES_FILE"] = path });

        (await hub.WaitForExitAsync()).Should().Be(78, hub.Output);
        hub.Lines.Should().ContainSingle().Which.Should().StartWith($"HELP_LINES_FILE is \"{path}\", but must be ").And.Contain(says);
    }
}
