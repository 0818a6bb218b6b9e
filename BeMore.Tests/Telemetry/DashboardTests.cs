using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>The dashboard asks for nothing that the hub does not show.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public async Task WhatTheDashboardAsksForIsWhatTheHubShows()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var hub = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0", ["MAX_AI_REQUESTS_PER_MINUTE"] = "4", ["REDIS_URL"] = redis.Url });
        await hub.JoinedAsync();
        await using var client = await hub.ConnectAsync("s");
        await client.TurnAsync("안녕하세요");
        hub.Gemini.Next(Gemini.Begins("음, ").Cuts());
        await client.TurnAsync("끊겨요");
        hub.Gemini.Next(GeminiFaults.Exhausted(TimeSpan.FromSeconds(30)));
        await client.TurnAsync("요즘 계속 죽고 싶다는 생각만 들어요");
        await hub.ExecuteAsync("ALTER TABLE conversations RENAME COLUMN ai_response TO answer");
        await client.TurnAsync("안 들려요");
        await client.TurnAsync("너무 많아요");
        await using var connection = new HubConnectionBuilder().WithUrl(new Uri(hub.Http, "hubs/counselling")).Build();
        await connection.StartAsync();
        await connection.InvokeAsync<JsonElement>("Ping", "s2");

        await redis.StopAsync();

        var scrape = await hub.ScrapeAsync(s => s.Sum("bemore_turns_ended_total") == 5 && s.Sum("signalr_server_active_connections") == 1
            && s.Sum("db_client_operation_duration_seconds_count", ("db_operation_name", "probe"), ("error_type", "StackExchange.Redis.RedisConnectionException")) > 0);

        var queries = Queries();
        queries.Should().HaveCountGreaterThan(30);
        foreach (var query in queries)
        {
            var selectors = Selector().Matches(query);
            selectors.Should().NotBeEmpty(query);
            BareName().Matches(Grouping().Replace(Selector().Replace(query, ""), "")).Should().BeEmpty("each metric in {0} has its job and instance", query);
            foreach (Match selector in selectors)
            {
                scrape.Numbers.Where(n => Fits(n, selector)).Should().NotBeEmpty("/metrics has {0}, which the dashboard asks for", selector.Value);
            }

            foreach (var label in Grouping().Matches(query).SelectMany(g => g.Groups["labels"].Value.Split(", ")).Where(l => !IsPrometheusOwn(l)))
            {
                var metric = selectors[0].Groups["name"].Value;
                scrape.Numbers.Where(n => n.Name == metric).Should().Contain(n => n.Labels.ContainsKey(label), "{0} is grouped by {1}", metric, label);
            }
        }
    }

    private static List<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("docs", "grafana", "bemore.json")));
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.GetProperty("type").GetString() != "row")
                .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
                .Select(target => target.GetProperty("expr").GetString()!),
        ];
    }

    private static bool Fits(ScrapedNumber number, Match selector) =>
        number.Name == selector.Groups["name"].Value
        && Matcher().Matches(selector.Groups["matchers"].Value).All(m => IsPrometheusOwn(m.Groups["label"].Value) || Fits(number, m.Groups));

    private static bool Fits(ScrapedNumber number, GroupCollection matcher)
    {
        // As Prometheus has it: a label that is missing is empty, and a pattern is of the whole.
        var (value, wanted) = (number.Labels.GetValueOrDefault(matcher["label"].Value, ""), matcher["value"].Value);
        return matcher["how"].Value switch
        {
            "=" => value == wanted,
            "!=" => value != wanted,
            "=~" => Regex.IsMatch(value, $"^({wanted})$"),
            _ => !Regex.IsMatch(value, $"^({wanted})$"),
        };
    }

    /// <summary>Put there by Prometheus, as what it scrapes.</summary>
    private static bool IsPrometheusOwn(string label) => label is "job" or "instance";

    [GeneratedRegex(@"(?<name>[a-z_:][a-z0-9_:]*)\{(?<matchers>[^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("""(?<label>\w+)(?<how>=~|!~|!=|=)"(?<value>[^"]*)",?""")]
    private static partial Regex Matcher();

    /// <summary>What is no function, and none of Grafana's variables.</summary>
    [GeneratedRegex(@"(?<![$\w])[a-z]\w*_\w+\b(?!\()")]
    private static partial Regex BareName();

    [GeneratedRegex(@"by \((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();
}
