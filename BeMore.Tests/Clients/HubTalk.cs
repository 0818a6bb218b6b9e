using System.Text.Json;

namespace BeMore.Tests;

/// <summary>Several people talk to one hub: turns in quick succession, and what is said about the model meanwhile.</summary>
internal static class HubTalk
{
    private static int _sessions;

    /// <summary>One turn, in a session of its own, so that no limit of a session ends a test.</summary>
    public static async Task<IReadOnlyList<Frame>> AskOnceAsync(this TestHub hub)
    {
        await using var client = await hub.ConnectAsync($"s{Interlocked.Increment(ref _sessions)}");
        await client.RequestAsync("듣고 계세요?");
        return await client.ReadTurnAsync();
    }

    public static async Task<IReadOnlyList<Frame>> TalkAsync(this TestHub hub, int count)
    {
        var last = new List<Frame>();
        for (var i = 0; i < count; i++)
        {
            last.Add((await hub.AskOnceAsync())[^1]);
        }

        return last;
    }

    public static IReadOnlyList<string> Models(this FakeGemini gemini) => [.. gemini.Requests.Select(request => request.Model)];

    /// <summary>What <c>/health</c> says of the model. Its status is 200 whatever that is: the database decides.</summary>
    public static async Task<string> ModelInWordsAsync(this TestHub hub)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(hub.App.Http, "health"));
        answer.IsSuccessStatusCode.Should().BeTrue();
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("model").GetString()!;
    }
}
