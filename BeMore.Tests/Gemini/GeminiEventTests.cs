using static BeMore.Tests.TurnResult;

namespace BeMore.Tests;

/// <summary>Events of an answer as Google may send them one day: what is not known is passed over, what is there is said.</summary>
public sealed class GeminiEventTests : IAsyncLifetime
{
    private const string End = """{"candidates":[{"content":{"role":"model","parts":[{"text":"들려요."}]},"finishReason":"STOP"}]}""";

    private TestHub _hub = null!;

    public static TheoryData<string, string> Events => new()
    {
        { "nothing but the words", """{"candidates":[{"content":{"parts":[{"text":"이제 "}]}}]}""" },
        { "nulls", """{"candidates":[{"finishReason":null,"content":{"parts":[{"text":"이제 ","thought":null}],"role":null},"index":null}],"usageMetadata":null,"modelVersion":null}""" },
        { "more than is known", """{"responseId":"r","createTime":{"at":[1,{"2":[]}]},"candidates":[{"avgLogprobs":-0.1,"safetyRatings":[{"category":"C","blocked":false}],"content":{"x":{"parts":[]},"parts":[{"y":[{"text":"nein"}],"text":"이제 "}]}}]}""" },
        { "the words last", """{"usageMetadata":{"promptTokenCount":7,"promptTokensDetails":[{"modality":"TEXT","tokenCount":7}],"totalTokenCount":null},"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"이제 "}]}}]}""" },
        { "a second candidate", """{"candidates":[{"content":{"parts":[{"text":"이제 "}]}},{"content":{"parts":[{"text":"아니요"}]},"finishReason":"STOP"}]}""" },
        { "several parts", """{"candidates":[{"content":{"parts":[{"text":"이"},{"text":""},{"inlineData":{"data":"AA=="}},{"text":"제 "}]}}]}""" },
        { "escapes", """{"candidates":[{"content":{"parts":[{"text":"\uc774\uc81c\u0020"}]}}]}""" },
        { "ratings of the prompt", """{"promptFeedback":{"safetyRatings":[{"category":"C","probability":"LOW"}]},"candidates":[{"content":{"parts":[{"text":"이제 "}]}}]}""" },
        { "no error", """{"error":null,"candidates":[{"content":{"parts":[{"text":"이제 "}]}}]}""" },
        { "a strange model's name", """{"modelVersion":"a model/\u0000","candidates":[{"content":{"parts":[{"text":"이제 "}]}}]}""" },
    };

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Theory]
    [MemberData(nameof(Events))]
    public async Task WhatIsThereIsSaid(string what, string json)
    {
        _hub.Gemini.Next(GeminiScript.Empty.Sends(json).Sends("""{"usageMetadata":{"totalTokenCount":9}}""").Sends("""{"candidates":[]}""").Sends(End));

        var outcome = await AskAsync(_hub);

        outcome.ShouldBeAnswered("이제 들려요.");
        _hub.Gemini.Requests.Should().ContainSingle("{0} is no failure", what);
    }
}
