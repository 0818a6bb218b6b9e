using System.Text.RegularExpressions;
using BeMore.Counselling;

namespace BeMore.Tests;

/// <summary>docs/privacy.md says what is stored and what is sent: each column, each member, and no more.</summary>
public sealed partial class PrivacyDocTests
{
    private static readonly string Text = File.ReadAllText(RepositoryRoot.Combine("docs", "privacy.md"));

    [Theory]
    [InlineData("sessions")]
    [InlineData("conversations")]
    public async Task EachColumnIsNamed(string table)
    {
        await using var hub = await TestHub.StartAsync();

        var columns = await hub.RowAsync($"SELECT string_agg(column_name, ' ') FROM information_schema.columns WHERE table_name = '{table}'");

        NamesUnder($"| `{table}` | |").Should().BeEquivalentTo(columns!.Split(' '));
    }

    [Fact]
    public async Task NoOtherTableIsThere()
    {
        await using var hub = await TestHub.StartAsync();

        (await hub.RowAsync("SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM information_schema.tables WHERE table_schema = 'public'"))
            .Should().Be("__EFMigrationsHistory conversations sessions");
    }

    [Fact]
    public async Task WhatGoesToGeminiIsWhatIsSaidAndNothingThatSaysWhoItIs()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = TestToken.Secret, ["MAX_AI_REQUESTS_PER_MINUTE"] = "100" });
        var session = await hub.App.StartSessionAsync(TestToken.Owner with { Subject = "\"CANARY-user\"" });
        await using var client = await hub.ConnectAsync(session);
        for (var turn = 1; turn <= 12; turn++)
        {
            await client.RequestAsync($"말 {turn}", turn == 12 ? "sad" : "disgusted", 1704902400000 + turn);
            await client.ReadTurnAsync();
        }

        var request = hub.Gemini.Requests[^1];
        request.Body.EnumerateObject().Select(p => p.Name).Should().BeEquivalentTo(NamesUnder("| member | what |"));
        request.Contents.Where(c => c.Role == "user").Select(c => c.Text).Should().Equal(Enumerable.Range(2, 11).Select(turn => $"말 {turn}"));
        request.Contents.Should().HaveCount((2 * 10) + 1);
        request.Body.GetProperty("contents").EnumerateArray().SelectMany(c => c.EnumerateObject()).Select(p => p.Name).Distinct().Should().BeEquivalentTo("role", "parts");
        var body = request.Body.GetRawText();
        foreach (var never in (string[])[session, "CANARY", "1704902400", "127.0.0.1", "sad", "disgusted", "불쾌감"])
        {
            body.Should().NotContain(never);
        }
    }

    [Fact]
    public void ItsReadersFindTheSettingsAndTheCalls()
    {
        var settings = Setting().Matches(Text).Select(m => m.Groups["name"].Value).Except([TurnError.SessionExpired.Code]).ToList();

        settings.Should().Contain("RETENTION_DAYS").And.BeSubsetOf(MachineSettings.Names);
        Text.Should().Contain("GET /api/session/{id}/export").And.Contain("DELETE /api/session/{id}");
    }

    /// <summary>What a table's first column names, in code.</summary>
    private static List<string> NamesUnder(string head)
    {
        var rows = Text[(Text.IndexOf(head, StringComparison.Ordinal) + head.Length)..].Split('\n').Skip(2).TakeWhile(line => line.StartsWith('|'));
        return [.. rows.SelectMany(row => Code().Matches(row.Split('|')[1])).Select(m => m.Groups["name"].Value)];
    }

    [GeneratedRegex("`(?<name>[A-Za-z_]+)`")]
    private static partial Regex Code();

    [GeneratedRegex("`(?<name>[A-Z]+_[A-Z_]+)`")]
    private static partial Regex Setting();
}
