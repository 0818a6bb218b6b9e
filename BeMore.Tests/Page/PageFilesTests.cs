using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using BeMore.Counselling;

namespace BeMore.Tests;

/// <summary>The page at /, as any client fetches it: where it is served, and with which headers.</summary>
public sealed partial class PageFilesTests
{
    private const string OwnOrigin = "http://127.0.0.1:";

    /// <summary>Written by the hub, and not one of the assets.</summary>
    private const string Lines = "help-lines.js";

    [Fact]
    public async Task InDevelopmentThePageIsAtTheRoot()
    {
        await using var hub = await TestHub.StartAsync();

        var (status, headers, body) = await GetAsync(hub.App.Http);

        status.Should().Be(HttpStatusCode.OK);
        headers["Content-Type"].Should().Be("text/html; charset=utf-8");
        body.Should().StartWith("<!DOCTYPE html>").And.Contain("lang=\"ko\"");
        hub.App.Logs.Named("TalkPageServed").Should().ContainSingle();
    }

    [Fact]
    public async Task ItSaysBeforeAnyScriptRunsThatItIsAnAiAndNoEmergencyService()
    {
        await using var hub = await TestHub.StartAsync();

        var (_, _, body) = await GetAsync(hub.App.Http);

        body.Should().Contain("AI와 나누는 대화예요").And.Contain("응급 서비스가 아니에요").And.Contain("tel:109").And.Contain("tel:119");
        body.Should().Contain("<script type=\"module\" src=")
            .And.NotMatchRegex(@"<script(?![^>]*\ssrc=)", "no script stands in the page itself")
            .And.NotMatchRegex(@"<style|\sstyle=|\son\w+=");
    }

    [Fact]
    public async Task EveryFileHasItsTypeAndItsHeaders()
    {
        await using var hub = await TestHub.StartAsync();
        var types = new Dictionary<string, string>
        {
            [".html"] = "text/html; charset=utf-8",
            [".css"] = "text/css; charset=utf-8",
            [".js"] = "text/javascript; charset=utf-8",
            [".svg"] = "image/svg+xml; charset=utf-8",
        };

        foreach (var file in AssetFiles().Append(Lines))
        {
            var (status, headers, body) = await GetAsync(AddressOf(hub.App, file));

            status.Should().Be(HttpStatusCode.OK, file);
            if (file is not ("index.html" or Lines))
            {
                body.Should().Be(await File.ReadAllTextAsync(Asset(file)), file);
            }

            headers["Content-Type"].Should().Be(types[Path.GetExtension(file)], file);
            headers["Cache-Control"].Should().Be("no-cache", file);
            headers["X-Content-Type-Options"].Should().Be("nosniff", file);
            headers["Referrer-Policy"].Should().Be("no-referrer", file);
            headers["Cross-Origin-Resource-Policy"].Should().Be("same-origin", file);
            headers["Content-Security-Policy"].Split("; ").Should().Contain(
                ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
                file)
                .And.NotContain(rule => rule.Contains("unsafe", StringComparison.Ordinal) || rule.Contains('*'));
        }
    }

    [Fact]
    public async Task WhatABrowserHasAlreadyIsNotSentAgain()
    {
        await using var hub = await TestHub.StartAsync();
        var (_, headers, _) = await GetAsync(hub.App.Http);

        var (status, again, body) = await GetAsync(hub.App.Http, ("If-None-Match", headers["ETag"]));
        var (other, _, _) = await GetAsync(hub.App.Http, ("If-None-Match", "\"other\""));

        (status, body).Should().Be((HttpStatusCode.NotModified, ""));
        again["ETag"].Should().Be(headers["ETag"]);
        other.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task InProductionThereIsNoneUnlessItIsAskedFor()
    {
        await using var hub = await TestHub.StartAsync(environment: "Production");
        await using var asked = await TestHub.StartAsync(new() { ["TALK_PAGE"] = "true" }, environment: "Production");

        (await GetAsync(hub.App.Http)).Status.Should().Be(HttpStatusCode.NotFound);
        (await GetAsync(new Uri(hub.App.Http, "talk-page/main.js"))).Status.Should().Be(HttpStatusCode.NotFound);
        (await GetAsync(asked.App.Http)).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task InDevelopmentItCanBeTurnedOff()
    {
        await using var hub = await TestHub.StartAsync(new() { ["TALK_PAGE"] = "false" });

        (await GetAsync(hub.App.Http)).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task ABackendsOwnPageIsNotHidden()
    {
        await using var hub = await ForwardingHub.StartAsync();

        (await GetAsync(hub.App.Http)).Headers["X-Backend"].Should().Be("echo");
        (await GetAsync(new Uri(hub.App.Http, "talk-page/main.js"))).Headers["X-Backend"].Should().Be("echo");
    }

    [Fact]
    public async Task WhereItIsAskedForItHidesItsOwnFilesOfABackendAndNothingElse()
    {
        await using var backend = await FakeBackend.StartAsync();
        var settings = ForwardingHub.Settings(backend.Url);
        settings["TALK_PAGE"] = "true";
        await using var app = await BeMoreApplication.StartAsync("Production", settings);

        (await GetAsync(app.Http)).Body.Should().Contain("BeMore");
        (await GetAsync(new Uri(app.Http, "talk-page/main.js"))).Status.Should().Be(HttpStatusCode.OK);
        foreach (var path in (string[])["index.html", "talk-page", "talk-page/index.html", "talk-page/other.js", "main.js"])
        {
            (await GetAsync(new Uri(app.Http, path))).Headers["X-Backend"].Should().Be("echo", path);
        }

        using var client = ForwardingHub.NewClient(app.Http);
        using var posted = await client.PostAsync(new Uri(app.Http, "/"), null);
        posted.Headers.GetValues("X-Backend").Should().Equal("echo");
    }

    [Fact]
    public async Task TheProgramCarriesItsFilesWhereverItIsStarted()
    {
        await using var hub = HubProcess.Start(new Dictionary<string, string?>
        {
            ["PORT"] = "0",
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["DATABASE_URL"] = await TestHub.CreateDatabaseAsync(),
            ["GEMINI_API_KEY"] = "test-key",
            ["TALK_PAGE"] = "true",
        });
        var address = await hub.WaitForListeningAsync();

        foreach (var file in AssetFiles().Append(Lines))
        {
            (await GetAsync(new Uri(address, file == "index.html" ? "" : $"talk-page/{file}"))).Status.Should().Be(HttpStatusCode.OK, file);
        }
    }

    [Theory]
    [InlineData("true", "own", HttpStatusCode.SwitchingProtocols)]
    [InlineData("true", "own, over TLS", HttpStatusCode.SwitchingProtocols)]
    [InlineData("true", "another port", HttpStatusCode.Forbidden)]
    [InlineData("true", "another name", HttpStatusCode.Forbidden)]
    [InlineData("true", "null", HttpStatusCode.Forbidden)]
    [InlineData("false", "own", HttpStatusCode.Forbidden)]
    public async Task TheSocketIsOpenToThePageOfThisAddressWhereItIsServed(string served, string origin, HttpStatusCode expected)
    {
        await using var hub = await TestHub.StartAsync(new() { ["TALK_PAGE"] = served });
        var port = hub.App.Http.Port;

        var answer = await HandshakeProbe.AskAsync(hub.App.Socket("s"), origin switch
        {
            "own" => $"{OwnOrigin}{port}",
            "own, over TLS" => $"https://127.0.0.1:{port}",
            "another port" => $"{OwnOrigin}{port + 1}",
            "another name" => $"http://evil.example:{port}",
            _ => origin,
        });

        answer.Status.Should().Be(expected);
    }

    [Fact]
    public async Task SignalRsClientIsTheOneThatIsPublished()
    {
        var vendored = await File.ReadAllTextAsync(Asset("vendor/signalr.min.js"));
        var package = RepositoryRoot.Combine("BeMore.Tests", "Node", "node_modules", "@microsoft", "signalr");
        var published = await File.ReadAllTextAsync(Path.Combine(package, "dist", "browser", "signalr.min.js"));
        using var about = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(package, "package.json")));

        var headEnd = vendored.IndexOf("*/\n", StringComparison.Ordinal) + 3;

        vendored[headEnd..].Should().Be(published);
        vendored[..headEnd].Should().StartWith($"/*!\n * @microsoft/signalr {about.RootElement.GetProperty("version").GetString()},")
            .And.Contain("MIT License").And.Contain("Copyright (c) .NET Foundation");
    }

    [Fact]
    public async Task ItKnowsTheHelpNumbersThatTheHubGives()
    {
        await using var hub = await TestHub.StartAsync();

        var (_, _, script) = await GetAsync(AddressOf(hub.App, Lines));
        var (_, _, page) = await GetAsync(hub.App.Http);

        NumbersIn(script).Should().Equal(HelpFile.BuiltInLines().Select(line => $"{line!["number"]} {line["name"]}"));
        page.Should().Contain("""<a href="tel:119">119</a>, 죽고 싶은 마음이 든다면 <a href="tel:109">109</a>에 전화해 주세요. 119에서는 24시간, 109에서는 24시간 사람이 받아요.""");
        page.Should().NotMatchRegex(@"\{[a-z.]+\}", "nothing is left to be filled in");
    }

    [Fact]
    public async Task NumbersOfTheDeploymentsOwnAreThePagesToo()
    {
        using var own = HelpFile.OfLines(lines =>
        {
            var line = lines.Line("suicide");
            line["number"] = "02-1234-5678";
            line["name"] = "마음 <전화> & \"글\"";
            line["hours"] = "낮 & 밤";
        });
        await using var hub = await TestHub.StartAsync(new() { ["HELP_LINES_FILE"] = own.Path });

        var (_, _, script) = await GetAsync(AddressOf(hub.App, Lines));
        var (_, _, page) = await GetAsync(hub.App.Http);

        NumbersIn(script).Should().Contain("02-1234-5678 마음 <전화> & \"글\"").And.NotContain(line => line.StartsWith("109 ", StringComparison.Ordinal));
        script.Should().NotContain("<");
        page.Should().Contain("tel:02-1234-5678").And.Contain("02-1234-5678에서는 낮 &amp; 밤 사람이 받아요").And.NotContain("109");
    }

    [Fact]
    public async Task ItOffersTheEightEmotions()
    {
        var page = await File.ReadAllTextAsync(Asset("emotions.js"));

        EmotionName().Matches(page).Select(match => EmotionNames.Parse(match.Groups[1].Value)).Should().BeEquivalentTo(Enum.GetValues<Emotion>().Cast<Emotion?>());
    }

    /// <summary>As a browser reads them out of the script.</summary>
    private static IEnumerable<string> NumbersIn(string script)
    {
        const string Begin = "export const helpLines = ";
        using var lines = JsonDocument.Parse(script[(script.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..].TrimEnd(';', '\n'));
        return [.. lines.RootElement.EnumerateArray().Select(line => $"{line.GetProperty("number").GetString()} {line.GetProperty("name").GetString()}")];
    }

    private static string Asset(string file) => RepositoryRoot.Combine("BeMore.Hub", "Page", "assets", file);

    private static IEnumerable<string> AssetFiles() => Directory.EnumerateFiles(Asset(""), "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Asset(""), file).Replace('\\', '/'));

    private static Uri AddressOf(BeMoreApplication app, string file) => new(app.Http, file == "index.html" ? "" : $"talk-page/{file}");

    private static async Task<(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, string Body)> GetAsync(
        Uri address, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await client.SendAsync(request);
        IEnumerable<HttpHeaders> all = [answer.Headers, answer.Content.Headers];
        return (answer.StatusCode, all.SelectMany(part => part).ToDictionary(header => header.Key, header => string.Join(", ", header.Value)),
            await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("""name: "(\w+)",""")]
    private static partial Regex EmotionName();
}
