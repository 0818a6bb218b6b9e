using System.Net;

namespace BeMore.Tests;

/// <summary>In front of another backend: what that does with a session holds for the session's turns here.</summary>
public sealed class BackendSessionTests : IAsyncLifetime
{
    private FakeBackend _backend = null!;
    private TestHub _hub = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _backend = await FakeBackend.StartAsync();
        _hub = await TestHub.StartAsync(
            new() { ["BACKEND_URL"] = _backend.Url, ["UNKNOWN_SESSIONS"] = "create" }, environment: "Production");
        _http = ForwardingHub.NewClient(_hub.App.Http);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _hub.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task ASessionThatTheBackendPausedTakesNoTurnsUntilItIsResumed()
    {
        await using var client = await _hub.ConnectAsync("sess_1704902400000_0a1b2c3d");

        await CallAsync("sess_1704902400000_0a1b2c3d/pause");
        await client.RequestAsync("들리세요?");
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_PAUSED");

        await CallAsync("sess_1704902400000_0a1b2c3d/resume");
        await client.RequestAsync("들리세요?");
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    [Fact]
    public async Task ASessionThatTheBackendEndedIsOverHereToo()
    {
        await using var client = await _hub.ConnectAsync("s");

        await CallAsync("s/end");

        await client.RequestAsync("들리세요?");
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");
        (await HandshakeProbe.AskAsync(_hub.App.Socket("s"))).Status.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task ASessionThatTheBackendErasedIsGoneHereToo()
    {
        await using var client = await _hub.ConnectAsync("s");
        await client.RequestAsync("지워 주세요");
        await client.ReadTurnAsync();

        using var answer = await _http.DeleteAsync(new Uri("api/session/s", UriKind.Relative));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await _hub.TurnsAsync("s")).Should().BeEmpty();
        await client.RequestAsync("들리세요?");
        (await client.ReadTurnAsync()).Should().ContainSingle().Which.Code.Should().Be("SESSION_EXPIRED");
    }

    [Fact]
    public async Task WhatTheBackendRefusedIsNotDoneHere()
    {
        await using var client = await _hub.ConnectAsync("refused");

        using var answer = await _http.PostAsync(new Uri("api/session/refused/end", UriKind.Relative), null);
        await client.RequestAsync("들리세요?");

        answer.StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
    }

    private async Task CallAsync(string call)
    {
        using var answer = await _http.PostAsync(new Uri($"api/session/{call}", UriKind.Relative), null);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
    }
}
