using System.Net;

namespace BeMore.Tests;

/// <summary>What is done to a session by a call at one node holds at the node that runs its turn.</summary>
public sealed class ClusterLifecycleTests : IAsyncLifetime
{
    private const string First = "천천히 이야기해 볼까요. ";

    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TwoHubs _hubs = null!;
    private RawSocketClient _client = null!;

    public async Task InitializeAsync()
    {
        _hubs = await TwoHubs.StartAsync();
        _hubs.Gemini.Next(Gemini.Begins(First).WaitsFor(_gate.Task).Says("무엇이 가장 힘드신가요?"));
        _client = await _hubs.A.ConnectAsync("s");
        await _client.RequestAsync("음");
        await _client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _client.DisposeAsync();
        await _hubs.DisposeAsync();
    }

    [Fact]
    public async Task ItsEndEndsTheAnswerWhereItIs()
    {
        await CallAsync("POST", "session/s/end");

        (await _client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await (await _hubs.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue("the hub closed Gemini's stream");
        (await _client.TurnAsync("또요"))[^1].Code.Should().Be("SESSION_EXPIRED");
        (await _hubs.RowsAsync()).Should().ContainSingle().Which.AiResponse.Should().Be(First);
    }

    [Fact]
    public async Task ItsErasureEndsTheAnswerAndKeepsNothing()
    {
        await CallAsync("DELETE", "session/s");

        (await _client.ReadTurnAsync())[^1].Code.Should().Be("SESSION_EXPIRED");
        (await (await _hubs.Gemini.RequestAsync()).Ended.WaitAsync(Pulse.Patience)).Should().BeTrue();
        (await _hubs.RowsAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task WhatWasErasedIsToldToNobodyWhoComesUnderTheSameId()
    {
        _client.Abort();
        await CallAsync("DELETE", "session/s");

        await using var again = await _hubs.B.ConnectAsync("s");

        await again.AnswerAsync("처음이에요");
        (await _hubs.RowsAsync()).Should().ContainSingle().Which.UserMessage.Should().Be("처음이에요");
    }

    [Fact]
    public async Task ItsPauseLetsTheAnswerEndAndRefusesTheNext()
    {
        await CallAsync("POST", "session/s/pause");
        _gate.SetResult();

        (await _client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        (await _client.TurnAsync("또요"))[^1].Code.Should().Be("SESSION_PAUSED");
        await CallAsync("POST", "session/s/resume");
        await _client.AnswerAsync("또요");
    }

    private async Task CallAsync(string method, string path) => (await _hubs.B.CallAsync(method, path)).Status.Should().Be(HttpStatusCode.OK);
}
