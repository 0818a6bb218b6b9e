using System.Text.Json;

namespace BeMore.Tests;

/// <summary>What Gemini is told, word for word (protocol.md, section 3). The owner's texts are written out here and not taken from the product.</summary>
public sealed class PromptTests(PromptTests.SharedHub shared) : IClassFixture<PromptTests.SharedHub>
{
    private const string Base =
        "당신은 전문 심리 상담사입니다.\n"
        + "공감적이고 따뜻한 태도로 내담자의 이야기를 경청하고, 인지행동치료(CBT) 기법을 활용하여 도움을 제공하세요.\n"
        + "\n"
        + "응답 가이드라인:\n"
        + "- 한 번에 2-3문장으로 간결하게 응답하세요\n"
        + "- 내담자의 감정을 먼저 인정하고 수용하세요\n"
        + "- 구체적이고 실천 가능한 질문이나 제안을 하세요\n"
        + "- 전문적이면서도 따뜻한 톤을 유지하세요\n"
        + "- 판단하지 말고 경청하세요\n";

    private const string Neutral = "중립적인 톤으로 대화를 이어가세요. 내담자의 이야기를 경청하고 필요한 지지를 제공하세요.";

    private static readonly Dictionary<string, string> Guidance = new()
    {
        ["anxious"] = "내담자가 불안해하고 있습니다. 안정감을 주는 톤으로 대화하세요. 걱정을 경청하고 구체적인 대처 방법을 제시하세요.",
        ["sad"] = "내담자가 우울해하고 있습니다. 공감과 위로를 중심으로 대화하세요. 감정을 수용하고 긍정적인 측면을 찾도록 도와주세요.",
        ["angry"] = "내담자가 화가 나 있습니다. 감정을 수용하고 진정시키는 데 집중하세요. 분노의 원인을 탐색하고 건설적인 표현 방법을 제안하세요.",
        ["happy"] = "내담자의 긍정적인 상태를 강화하세요. 행복한 순간을 더 깊이 탐색하고 이러한 상태를 유지하는 방법을 함께 생각하세요.",
        ["fearful"] = "내담자가 두려움을 느끼고 있습니다. 안전감을 제공하고 두려움의 근원을 함께 탐색하세요. 작은 단계부터 시작하는 대처 방법을 제안하세요.",
        ["surprised"] = "내담자가 놀람을 경험했습니다. 그 경험에 대해 자세히 들어보고 적절한 반응을 돕습니다.",
        ["disgusted"] = "내담자가 불쾌감을 느끼고 있습니다. 감정을 인정하고 경계 설정의 중요성을 다루세요.",
        ["neutral"] = Neutral,
    };

    private TestHub Hub => shared.Hub;

    [Theory]
    [InlineData("happy")]
    [InlineData("sad")]
    [InlineData("angry")]
    [InlineData("anxious")]
    [InlineData("neutral")]
    [InlineData("surprised")]
    [InlineData("disgusted")]
    [InlineData("fearful")]
    public async Task EachEmotionHasItsGuidance(string emotion)
    {
        var (request, stored) = await AskAsync($"\"{emotion}\"");

        ShouldTell(request, Guidance[emotion]);
        stored.Emotion.Should().Be(emotion);
    }

    [Theory]
    [InlineData("\"EXCITED\"", "surprised")]
    [InlineData("\"excited\"", "surprised")]
    [InlineData("\" Sad \"", "sad")]
    [InlineData("\"\\tANXIOUS\\n\"", "anxious")]
    [InlineData("\"s\\u0061d\"", "sad")]
    public async Task CaseAndSpaceDoNotMatterAndExcitedMeansSurprised(string json, string emotion)
    {
        var (request, stored) = await AskAsync(json);

        ShouldTell(request, Guidance[emotion]);
        stored.Emotion.Should().Be(emotion);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"슬픔\"")]
    [InlineData("\"\"")]
    [InlineData("\"s a d\"")]
    [InlineData("\"sadness\"")]
    [InlineData("\"0\"")]
    [InlineData("5")]
    [InlineData("-0.5e3")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("{\"emotion\":\"sad\"}")]
    [InlineData("[\"sad\"]")]
    [InlineData("\"\\ud83d\"")]
    public async Task AMisreadFaceIsNoEmotionAndBlocksNothing(string json)
    {
        var (request, stored) = await AskAsync(json);

        ShouldTell(request, Neutral);
        stored.Emotion.Should().BeNull();
    }

    [Fact]
    public async Task AFaceThatIsMisreadAtLengthIsNoEmotionEither()
    {
        var (request, stored) = await AskAsync($"\"{new string('s', 50_000)}\"");

        ShouldTell(request, Neutral);
        stored.Emotion.Should().BeNull();
    }

    [Fact]
    public async Task NoEmotionAtAllIsNeutral()
    {
        var (request, stored) = await AskAsync(null);

        ShouldTell(request, Neutral);
        stored.Emotion.Should().BeNull();
    }

    [Fact]
    public async Task TheAdditionsFollowTheOwnersWords()
    {
        var (request, _) = await AskAsync("\"sad\"");

        var additions = request.SystemInstruction![Base.Length..];
        additions.Should().ContainAll("한국어", "AI", "마크다운", "목록", "이모지");
    }

    [Fact]
    public async Task TheModelIsAskedWithTheContractsSettings()
    {
        var (request, _) = await AskAsync("\"sad\"");

        var config = request.GenerationConfig;
        config.GetProperty("temperature").GetRawText().Should().Be("0.7");
        config.GetProperty("topP").GetRawText().Should().Be("0.8");
        config.GetProperty("topK").GetRawText().Should().Be("40");
        config.GetProperty("maxOutputTokens").GetRawText().Should().Be("1024");
        JsonSerializer.Serialize(request.Body.GetProperty("safetySettings")).Should().Be(
            """[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"BLOCK_ONLY_HIGH"},"""
            + """{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_ONLY_HIGH"},"""
            + """{"category":"HARM_CATEGORY_SEXUALLY_EXPLICIT","threshold":"BLOCK_ONLY_HIGH"},"""
            + """{"category":"HARM_CATEGORY_DANGEROUS_CONTENT","threshold":"BLOCK_ONLY_HIGH"}]""");
    }

    private static void ShouldTell(GeminiRequest request, string guidance)
    {
        request.SystemInstruction.Should().StartWith(Base).And.Contain("\n\n현재 감정 상태: " + guidance);
        request.SystemInstruction!.Split("현재 감정 상태").Should().HaveCount(2, "there is one emotion");
        Guidance.Values.Where(other => other != guidance).Should().OnlyContain(other => !request.SystemInstruction.Contains(other, StringComparison.Ordinal));
        request.Contents.Should().Equal(("user", "요즘 잠을 못 자요"));
    }

    /// <param name="emotion">The member's JSON; null: there is no such member.</param>
    private async Task<(GeminiRequest Request, StoredTurn Stored)> AskAsync(string? emotion)
    {
        var session = Guid.NewGuid().ToString();
        var number = Hub.Gemini.Requests.Count;
        await using var client = await Hub.ConnectAsync(session);
        var member = emotion is null ? "" : $",\"emotion\":{emotion}";
        await client.SendAsync($$$"""{"type":"request_ai_response","data":{"message":" 요즘 잠을 못 자요\n"{{{member}}}}}""");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        return (await Hub.Gemini.RequestAsync(number), (await Hub.TurnsAsync(session)).Single());
    }

    /// <summary>One hub for all: each test has a session of its own and changes nothing else.</summary>
    public sealed class SharedHub : IAsyncLifetime
    {
        public TestHub Hub { get; private set; } = null!;

        public async Task InitializeAsync() => Hub = await TestHub.StartAsync();

        public async Task DisposeAsync() => await Hub.DisposeAsync();
    }
}
