namespace BeMore.Tests;

/// <summary>Turns that come together are kept together, each as if it had come alone; and what a connection has said need not be read anew.</summary>
public sealed class TurnBatchTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync();

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task OneThatCannotBeKeptHarmsNoneThatCameWithIt()
    {
        // A rule of the owner's.
        await _hub.ExecuteAsync("ALTER TABLE conversations ADD CHECK (user_message <> '안 돼요' AND session_id <> 's9')");
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _hub.ConnectAsync($"s{i}")));

        await TogetherAsync(clients.Select((client, i) => client.RequestAsync(i % 5 == 0 ? "안 돼요" : $"말 {i}")));
        var ends = await Task.WhenAll(clients.Select(async client => (await client.ReadTurnAsync())[^1]));

        for (var i = 0; i < clients.Length; i++)
        {
            var isRefused = i % 5 == 0 || i == 9;
            ends[i].Type.Should().Be(isRefused ? Frame.StreamError : Frame.Complete, "of session {0}", i);
            (await _hub.TurnsAsync($"s{i}")).Select(t => t.UserMessage).Should().Equal(isRefused ? [] : [$"말 {i}"]);
            await clients[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task TogetherEachSessionIsAnsweredForItself()
    {
        await _hub.ExecuteAsync("INSERT INTO sessions (session_id, status) VALUES ('paused', 'active'), ('ended', 'active'), ('erased', 'active')");
        string[] sessions = ["a", "b", "paused", "c", "ended", "d", "erased", "e"];
        var clients = await Task.WhenAll(sessions.Select(session => _hub.ConnectAsync(session)));
        foreach (var client in clients)
        {
            await client.RequestAsync("처음");
            await client.ReadTurnAsync();
        }

        await _hub.ExecuteAsync(
            "UPDATE sessions SET status = 'paused' WHERE session_id = 'paused'; UPDATE sessions SET ended_at = now() WHERE session_id = 'ended'; DELETE FROM sessions WHERE session_id = 'erased'");
        await TogetherAsync(clients.Select(client => client.RequestAsync("그리고")));
        var ends = await Task.WhenAll(clients.Select(async client => (await client.ReadTurnAsync())[^1]));

        ends.Select(end => end.Code ?? end.Type).Should().Equal(
            Frame.Complete, Frame.Complete, "SESSION_PAUSED", Frame.Complete, "SESSION_EXPIRED", Frame.Complete, "SESSION_EXPIRED", Frame.Complete);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task WhatAConnectionSaidIsKnownAndWhatWasSaidElsewhereIsReadByTheNext()
    {
        _hub.Gemini.Always(Gemini.Says("네."));
        await using (var client = await _hub.ConnectAsync())
        {
            foreach (var message in (string[])["하나", "둘"])
            {
                await client.RequestAsync(message);
                await client.ReadTurnAsync();
            }

            await client.RequestAsync("셋");
            await client.ReadTurnAsync();
            (await _hub.Gemini.RequestAsync(2)).Contents.Select(c => c.Text).Should().Equal("하나", "네.", "둘", "네.", "셋");
            await client.CloseAsync();
        }

        // At another machine.
        await _hub.ExecuteAsync("INSERT INTO conversations (session_id, user_message, ai_response, \"timestamp\") VALUES ('s', '저기서', '그래요.', 4102444800000)");
        await using var next = await _hub.ConnectAsync();
        await next.RequestAsync("넷");
        await next.ReadTurnAsync();

        (await _hub.Gemini.RequestAsync(3)).Contents.Select(c => c.Text).Should().Equal("하나", "네.", "둘", "네.", "셋", "네.", "저기서", "그래요.", "넷");
    }

    /// <summary>Holds up all writes until the first wait and the others have come.</summary>
    private async Task TogetherAsync(IEnumerable<Task> requests)
    {
        await using var gate = await WriteGate.CloseAsync(_hub);
        await Task.WhenAll(requests);
        // As many as may be under way.
        await gate.WaitingAsync(2);
    }
}
