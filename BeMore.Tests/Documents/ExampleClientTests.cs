using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>The clients of docs/clients, which the README shows, against a real hub: the answer arrives whole.</summary>
public sealed partial class ExampleClientTests
{
    private const string Answer = "많이 지치셨겠어요. 👋 \"잠\"이 안 오기 시작한 건 언제부터인가요? <조금> 더 들려주세요.";

    [Fact]
    public async Task NodeHearsTheWholeAnswer() => await HearsTheWholeAnswerAsync("node.mjs", client => client.RunByNodeAsync());

    [Fact]
    public async Task PythonHearsTheWholeAnswer() => await HearsTheWholeAnswerAsync("client.py", client => client.RunByPythonAsync());

    [Fact]
    public async Task DotNetHearsTheWholeAnswer() => await HearsTheWholeAnswerAsync("client.cs", client => client.RunByDotnetAsync());

    [Fact]
    public async Task ABrowserHearsTheWholeAnswer()
    {
        // A page of another address than the hub's, as somebody's own is.
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var pages = builder.Build();
        var page = "";
        pages.MapGet("/", () => Results.Content(page, "text/html"));
        await pages.StartAsync();
        var origin = pages.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        await HearsTheWholeAnswerAsync(
            "browser.html",
            async client =>
            {
                page = client.Content;
                await using var profile = await (await Chromium.Shared).NewContextAsync();
                var tab = await profile.NewPageAsync();
                var closed = new TaskCompletionSource();
                tab.WebSocket += (_, socket) => socket.Close += (_, _) => closed.TrySetResult();
                await tab.GotoAsync(origin);
                // It closes the socket when it is told that the answer is complete.
                await closed.Task.WaitAsync(Pulse.Patience * 2);
                return await tab.Locator("#answer").TextContentAsync() ?? "";
            },
            new() { ["ALLOWED_ORIGINS"] = origin });
    }

    [Fact]
    public void TheDotNetClientNamesThePackageThatIsTested()
    {
        var tested = Version().Match(File.ReadAllText(RepositoryRoot.Combine("Directory.Packages.props"))).Groups["version"].Value;

        ExampleClient.Text("client.cs").Should().StartWith($"#:package Microsoft.AspNetCore.SignalR.Client@{tested}\n");
    }

    private static async Task HearsTheWholeAnswerAsync(
        string name, Func<ExampleClient, Task<string>> runAsync, Dictionary<string, string?>? settings = null)
    {
        await using var hub = await TestHub.StartAsync(settings);
        hub.Gemini.Always(Gemini.Says(Answer));
        using var client = new ExampleClient(name, hub.App.Http);

        var heard = await runAsync(client);

        heard.Should().Be(Answer);
        var kept = (await hub.RowsAsync()).Should().ContainSingle().Subject;
        kept.AiResponse.Should().Be(Answer);
        kept.SessionId.Should().StartWith("sess_");
        var turn = (await hub.TurnsAsync(kept.SessionId)).Single();
        (turn.UserMessage, turn.Emotion).Should().Be(("요즘 잠이 안 와요", "anxious"));
    }

    [GeneratedRegex("Microsoft\\.AspNetCore\\.SignalR\\.Client\" Version=\"(?<version>[^\"]+)\"")]
    private static partial Regex Version();
}
