using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>protocol.md, section 6: no log and no answer says who somebody is, or holds what proves it; in calls that succeed and in those that do not.</summary>
public sealed class OwnerLogTests : IAsyncLifetime
{
    private static readonly TestToken Owner = new() { Subject = "\"CANARY-owner\"", Key = "CANARY-secret of more than thirty-two bytes" };
    private static readonly TestToken Other = Owner with { Subject = "\"CANARY-other\"" };

    private static readonly TestToken[] Wrong =
    [
        Owner with { Expires = DateTimeOffset.UnixEpoch }, Owner with { Key = TestToken.Secret }, Owner with { Algorithm = "none" }, Owner with { Algorithm = "HS512" },
        Owner with { TamperedSubject = "\"CANARY-tampered\"" }, Owner with { Expires = null }, Owner with { Subject = null },
        Owner with { Subject = $"\"CANARY{new string('x', 256)}\"" }, Owner with { NotBefore = DateTimeOffset.UtcNow.AddHours(1) },
    ];

    private readonly List<string> _answers = [];
    private TestHub _hub = null!;

    public async Task InitializeAsync()
    {
        var settings = new Dictionary<string, string?> { ["JWT_SECRET_KEY"] = Owner.Key };
        // The worst that an operator can configure; what is pinned in code stays pinned.
        foreach (var category in (string[])
            [
                "Default", "Microsoft", "Microsoft.AspNetCore.Authentication", "Microsoft.AspNetCore.Authentication.JwtBearer.JwtBearerHandler",
                "Microsoft.AspNetCore.Authorization", "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Http.Connections",
                "Microsoft.AspNetCore.SignalR", "Microsoft.AspNetCore.Cors", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Server.Kestrel",
                "Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", "Microsoft.EntityFrameworkCore.Database.Command", "Microsoft.IdentityModel",
                "Npgsql", "BeMore",
            ])
        {
            settings[$"Logging:LogLevel:{category}"] = "Trace";
            settings[$"Logging:{typeof(CapturedLogs).FullName}:LogLevel:{category}"] = "Trace";
        }

        _hub = await TestHub.StartAsync(settings, environment: "Production");
    }

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task CallsThatSucceedSayNothingOfWhoMakesThem()
    {
        var session = await _hub.App.StartSessionAsync(Owner);
        await EveryCallAsync(session, Owner);
        session = await _hub.App.StartSessionAsync(Owner);
        foreach (var transport in (HttpTransportType[])[HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling])
        {
            await using var connection = await _hub.SignalRAsync(transport, Owner);
            (await connection.RequestAsync(session, new { message = "안녕" }).ReadAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        await using var older = await RawSocketClient.ConnectAsync(new Uri($"{_hub.App.Socket(session)}?access_token={Owner}"));
        await using var newer = await _hub.App.ConnectAsync(session, o => o.SetRequestHeader("Authorization", $"Bearer {Owner}"));
        await older.Closed.WaitAsync(Pulse.Patience);

        await NothingIsToldAsync();
    }

    [Fact]
    public async Task CallsOnAnothersSessionSayNothingOfEither()
    {
        var session = await _hub.App.StartSessionAsync(Owner);
        await EveryCallAsync(session, Other);
        await ShakeHandsAsync(session, Other);
        await using var connection = await _hub.SignalRAsync(token: Other);
        _answers.AddRange((await connection.RequestAsync(session, new { message = "안녕" }).ReadAsync()).Select(f => f.Raw));
        await connection.InvokeAsync("CancelAiResponse", session);

        await NothingIsToldAsync();
    }

    [Fact]
    public async Task CallsWithAWrongTokenSayNothingOfIt()
    {
        var session = await _hub.App.StartSessionAsync(Owner);
        foreach (var token in Wrong)
        {
            await EveryCallAsync(session, token);
            await ShakeHandsAsync(session, token);
        }

        await NothingIsToldAsync();
    }

    [Theory]
    [InlineData("ALTER TABLE sessions ADD CHECK (user_id NOT LIKE '%CANARY%') NOT VALID")]
    [InlineData("ALTER TABLE sessions ALTER COLUMN user_id TYPE integer USING 7")]
    [InlineData("ALTER TABLE sessions RENAME COLUMN user_id TO owner")]
    [InlineData("ALTER TABLE sessions RENAME COLUMN status TO state")]
    [InlineData("ALTER TABLE conversations RENAME TO turns")]
    public async Task CallsThatBreakSayNothingOfWhoMadeThem(string damage)
    {
        var session = await _hub.App.StartSessionAsync(Owner);
        await _hub.ExecuteAsync(damage);

        await EveryCallAsync(session, Owner);
        await ShakeHandsAsync(session, Owner);
        await using var connection = await _hub.SignalRAsync(token: Owner);
        _answers.AddRange((await connection.RequestAsync(session, new { message = "안녕" }).ReadAsync()).Select(f => f.Raw));

        _hub.App.Logs.Entries.Should().Contain(e => e.Exception != null, "otherwise nothing broke");
        await NothingIsToldAsync();
    }

    private async Task EveryCallAsync(string session, TestToken token)
    {
        foreach (var (method, path) in ((string, string)[])
            [
                ("POST", "session/start"), ("GET", $"session/{session}"), ("GET", $"session/{session}/conversations"), ("POST", $"session/{session}/pause"),
                ("POST", $"session/{session}/resume"), ("GET", $"nowhere?access_token={token}"), ("POST", $"session/{session}/end?access_token={token}"),
                ("DELETE", $"session/{session}"),
            ])
        {
            var answer = await _hub.App.CallAsync(method, path, token, origin: "http://localhost:5173");
            _answers.Add($"{string.Join(' ', answer.Headers)} {answer.Body}");
        }
    }

    private async Task ShakeHandsAsync(string session, TestToken token)
    {
        foreach (var url in (Uri[])[_hub.App.Socket(session), _hub.App.Hub()])
        {
            _answers.Add((await HandshakeProbe.AskAsync(url, null, ("Authorization", $"Bearer {token}"))).Body);
            _answers.Add((await HandshakeProbe.AskAsync(new Uri($"{url}?access_token={token}"))).Body);
            _answers.Add((await HandshakeProbe.AskAsync(new Uri($"{url}?access_token={token}"), "http://evil.example")).Body);
        }
    }

    /// <summary>To the last entry: the host is stopped before.</summary>
    private async Task NothingIsToldAsync()
    {
        await _hub.App.StopAsync();
        _hub.App.Logs.Entries.Should().Contain(e => e.Level < LogLevel.Information, "otherwise there would be nothing to find");
        string[] secrets = ["CANARY", "Bearer ey", "access_token", .. Wrong.Append(Owner).Append(Other).SelectMany(t => $"{t}".Split('.')[1..]).Where(part => part.Length > 0)];
        foreach (var secret in secrets)
        {
            _hub.App.Logs.Entries.Where(e => $"{e}".Contains(secret, StringComparison.OrdinalIgnoreCase)).Should().BeEmpty();
            _answers.Should().NotContain(answer => answer.Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }
}
