using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>docs/observability.md names what the hub measures and traces: all of it, and nothing else.</summary>
public sealed partial class ObservabilityDocTests : IAsyncLifetime
{
    private FakeCollector _collector = null!;

    public async Task InitializeAsync() => _collector = await FakeCollector.StartAsync();

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public async Task TheTablesAreWhatIsSent()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await ObservedHub.StartAsync(new() { ["REDIS_URL"] = redis.Url }, _collector);
        await hub.JoinedAsync();
        await using (var client = await hub.ConnectAsync("s"))
        {
            await client.TurnAsync("안녕하세요");
            hub.Gemini.Next(Gemini.Begins("음, ").Cuts());
            await client.TurnAsync("끊겨요");
            await hub.ExecuteAsync("ALTER TABLE conversations RENAME COLUMN ai_response TO answer");
            await client.TurnAsync("안 들려요");
        }

        await hub.StopAsync();

        var text = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "observability.md"));
        var told = text[text.IndexOf("## Metrics", StringComparison.Ordinal)..];
        var own = _collector.Points.Where(p => p.Scope is "BeMore" or "BeMore.Data").ToList();
        FirstColumn().Matches(told).SelectMany(row => OwnName().Matches(row.Value)).Select(name => name.Groups["name"].Value)
            .Should().BeEquivalentTo(own.Select(p => p.Name).Distinct());
        Words().Matches(told).Select(word => word.Groups["word"].Value)
            .Should().Contain(own.SelectMany(p => p.Attributes.Keys).Concat(OwnSpans().SelectMany(s => s.Attributes.Keys)).Distinct());
        OwnSpans().Select(s => s.Name.Split(' ')[0]).Distinct().Should().BeEquivalentTo(
            "turn", "generate_content", "ask_turn", "end_turn", "find_session", "create_session", "take_seat", "take_turn");
    }

    private IEnumerable<SentSpan> OwnSpans() => _collector.Spans.Where(s => s.Scope is "BeMore" or "BeMore.Data");

    [GeneratedRegex(@"(?<=\n\| )[^|]+")]
    private static partial Regex FirstColumn();

    /// <summary>The driver's own instruments are the framework's to describe.</summary>
    [GeneratedRegex(@"`(?<name>(bemore|gen_ai)\.[a-z_.]+|db\.client\.operation\.duration)`")]
    private static partial Regex OwnName();

    [GeneratedRegex("`(?<word>[a-z_.]+)`")]
    private static partial Regex Words();
}
