using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>The dashboard asks for nothing that the hub does not show, and shows it in its unit.</summary>
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

        var queries = Panels().SelectMany(panel => panel.Queries).ToList();
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

        foreach (var query in Choices().Values)
        {
            var choice = Choice().Match(query);
            choice.Success.Should().BeTrue(query);
            IsPrometheusOwn(choice.Groups["label"].Value).Should().BeTrue(query);
            scrape.Numbers.Where(n => n.Name == choice.Groups["name"].Value).Should().NotBeEmpty(query);
        }
    }

    [Fact]
    public void EachPanelHasTheUnitOfWhatItShows()
    {
        foreach (var (title, unit, queries) in Panels())
        {
            queries.Select(UnitOf).Should().OnlyContain(u => u == unit, "\"{0}\" shows {1}", title, string.Join(" and ", queries));
        }
    }

    [Fact]
    public void WhatAPanelLeavesToTheReaderToChooseTheDashboardOffers()
    {
        using var dashboard = Read();
        var offered = Choices().Keys.Append("datasource").Append("__rate_interval").ToHashSet();

        Variable().Matches(dashboard.RootElement.GetRawText()).Select(v => v.Groups["name"].Value).Distinct().Should().BeSubsetOf(offered);
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            panel.GetProperty("targets").EnumerateArray().Append(panel).Select(p => p.GetProperty("datasource").GetProperty("uid").GetString())
                .Should().OnlyContain(source => source == "${datasource}");
        }
    }

    private static JsonDocument Read() => JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("docs", "grafana", "bemore.json")));

    private static List<(string Title, string Unit, List<string> Queries)> Panels()
    {
        using var dashboard = Read();
        return
        [
            .. dashboard.RootElement.GetProperty("panels").EnumerateArray()
                .Where(panel => panel.GetProperty("type").GetString() != "row")
                .Select(panel => (
                    panel.GetProperty("title").GetString()!,
                    panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()!,
                    panel.GetProperty("targets").EnumerateArray().Select(target => target.GetProperty("expr").GetString()!).ToList())),
        ];
    }

    /// <summary>What the reader may choose from, by the name under which panels have it, as it is asked of Prometheus.</summary>
    private static Dictionary<string, string> Choices()
    {
        using var dashboard = Read();
        var queries = dashboard.RootElement.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Where(variable => variable.GetProperty("type").GetString() == "query").ToList();
        queries.Should().NotBeEmpty().And.OnlyContain(
            v => v.GetProperty("definition").GetString() == v.GetProperty("query").GetProperty("query").GetString(), "Grafana shows the one and asks the other");
        return queries.ToDictionary(v => v.GetProperty("name").GetString()!, v => v.GetProperty("definition").GetString()!);
    }

    /// <summary>In Grafana's names, of what a query gives: by the unit in the metric's name, and by what is made of it.</summary>
    private static string UnitOf(string query)
    {
        var metric = Selector().Match(query).Groups["name"].Value;
        var unit = metric.EndsWith("_count", StringComparison.Ordinal) ? "short"
            : Regex.IsMatch(metric, "_seconds(_total|_sum|_bucket)?$") ? "s"
            : Regex.IsMatch(metric, "_bytes(_total)?$") ? "bytes"
            : "short";
        return query switch
        {
            _ when query.Contains(" / ", StringComparison.Ordinal) => "percentunit",
            // A minute: Grafana has a unit for what happens in a second alone.
            _ when query.StartsWith("60 * ", StringComparison.Ordinal) => "short",
            _ when query.StartsWith("histogram_quantile(", StringComparison.Ordinal) => unit,
            // Seconds of each second are a number without one.
            _ when query.Contains("rate(", StringComparison.Ordinal) => unit switch { "s" => "short", "bytes" => "Bps", _ => "reqps" },
            _ => unit,
        };
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

    [GeneratedRegex(@"^label_values\((?<name>[a-z_]+)(\{[^}]*\})?, (?<label>\w+)\)$")]
    private static partial Regex Choice();

    [GeneratedRegex(@"\$\{?(?<name>\w+)\b(?<!__all)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"by \((?<labels>[^)]*)\)")]
    private static partial Regex Grouping();
}
