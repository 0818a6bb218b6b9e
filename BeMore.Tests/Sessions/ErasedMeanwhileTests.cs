using BeMore.Access;
using BeMore.Keeping;
using BeMore.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeMore.Tests;

/// <summary>A session is erased while one of its turns is on its way: nothing of that turn comes after the erasure.</summary>
public sealed class ErasedMeanwhileTests
{
    [Fact]
    public async Task ATurnThatWaitedIsNotKeptInASessionThatIsMadeAgain()
    {
        var limit = new GatedLimit();
        await using var hub = await TestHub.StartAsync(services: services => services.Replace(ServiceDescriptor.Singleton<ITurnLimit>(limit)));
        hub.Gemini.Next(Gemini.Begins("천천히요. ").Stalls());
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync("하나");
        await client.ReadUntilAsync(f => f.Type == Frame.ChunkType);
        await client.RequestAsync("둘");
        await client.PingAsync();
        await client.ReadUntilAsync(f => f.Type == "pong");

        using var http = new HttpClient();
        using var erased = await http.DeleteAsync(new Uri(hub.App.Http, "api/session/s"));
        erased.EnsureSuccessStatusCode();
        await limit.SecondCame;
        await hub.ExecuteAsync("INSERT INTO sessions (session_id) VALUES ('s')");
        limit.Open();

        (await client.ReadTurnAsync())[^1].Code.Should().Be("SESSION_EXPIRED", "its answer ended where it was");
        (await client.ReadTurnAsync())[^1].Code.Should().Be("SESSION_EXPIRED", "it was said in the session before");
        (await hub.RowsAsync()).Should().BeEmpty();
        limit.GivenBack.Should().Be(1);
    }

    [Fact]
    public async Task WhatWasAskedBeforeIsNotRememberedAfter()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();
        await hub.ExecuteAsync("INSERT INTO conversations (session_id, user_message, ai_response, \"timestamp\") VALUES ('s', '하나', '네.', 0)");
        await using (var gate = await WriteGate.CloseAsync(hub))
        {
            await client.RequestAsync("둘");
            await gate.WaitingAsync(1);
            // As another hub's news of it.
            await hub.App.Services.GetRequiredService<SessionLifecycle>().NoteAsync("s", SessionChange.Erased);
        }

        (await client.ReadTurnAsync())[^1].Code.Should().Be("SESSION_EXPIRED");
        var (history, _, _) = hub.App.Services.GetRequiredService<RecentTurns>().Find("s")!.Value;
        history.State.IsOver.Should().BeTrue();
        history.Turns.Should().BeEmpty();
    }

    /// <summary>The second who comes waits until he is let in.</summary>
    private sealed class GatedLimit : ITurnLimit
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _secondCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _came;

        public Task SecondCame => _secondCame.Task.WaitAsync(Pulse.Patience);

        public int GivenBack { get; private set; }

        public void Open() => _open.SetResult();

        public async ValueTask<bool> TryTakeAsync(string sessionId, string? userId)
        {
            if (++_came == 2)
            {
                _secondCame.SetResult();
                await _open.Task;
            }

            return true;
        }

        public void GiveBack(string sessionId, string? userId) => GivenBack++;
    }
}
