namespace BeMore.Tests;

/// <summary>
/// The hub is killed with a hundred turns in flight and started anew: what somebody said is there, what was said to be complete is there
/// as it was shown, nothing is there twice, and the talk goes on.
/// </summary>
[Collection(nameof(FragileCluster))]
public sealed class KillTests(FragileCluster cluster)
{
    private const int Sessions = 100;

    public enum Moment
    {
        BeforeTheFirstChunk,
        MidAnswer,
        AfterTheLastChunk,
        RightAfterComplete,
        WhileTheDatabaseIsAway,
    }

    [Theory]
    [InlineData(Moment.BeforeTheFirstChunk)]
    [InlineData(Moment.MidAnswer)]
    [InlineData(Moment.AfterTheLastChunk)]
    [InlineData(Moment.RightAfterComplete)]
    [InlineData(Moment.WhileTheDatabaseIsAway)]
    public async Task WhatWasSaidAndWhatWasAcknowledgedOutlivesTheProcess(Moment moment)
    {
        await using var house = await HubHouse.StartAsync(cluster);
        var clients = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => house.ConnectAsync($"s{i}")));
        await Task.WhenAll(clients.Select((client, i) => client.AnswerAsync($"{i}의 첫마디")));

        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        house.Gemini.Always(request => Script(request.LastUserText, moment, gate.Task));
        if (moment == Moment.WhileTheDatabaseIsAway)
        {
            await cluster.GoAwayAsync();
        }

        await Task.WhenAll(clients.Select((client, i) => client.RequestAsync($"{i}의 둘째 말")));
        await ReachAsync(house, clients, moment);
        gate.TrySetResult();
        if (moment == Moment.RightAfterComplete)
        {
            // Some have been told, others have not: whoever was, counts.
            await Task.WhenAny(clients.Select(client => client.ReadUntilAsync(f => f.Type == Frame.Complete)));
        }

        await house.KillAsync();
        await Task.WhenAll(clients.Select(client => client.Closed.WaitAsync(Pulse.Patience)));
        await cluster.ComeBackAsync();
        house.Gemini.Always(Talk.Answer);
        await house.StartAgainAsync();

        var rows = (await house.RowsAsync()).ToLookup(r => r.SessionId);
        for (var i = 0; i < Sessions; i++)
        {
            var told = Answers(clients[i]);
            var kept = rows[$"s{i}"].ToList();
            kept.Select(r => r.UserMessage).Should().Equal($"{i}의 첫마디", $"{i}의 둘째 말");
            kept[0].Should().Match<KeptRow>(r => r.Outcome == "answered" && r.AiResponse == told[0]);
            if (told.Count == 2)
            {
                kept[1].Should().Match<KeptRow>(r => r.Outcome == "answered" && r.AiResponse == told[1], "session {0} was told so", i);
            }
            else
            {
                // Stored and not told is as good; what is not whole is not there in part.
                kept[1].AiResponse.Should().Match(text => text.Length == 0 || text == Talk.AnswerTo($"{i}의 둘째 말"));
                kept[1].Outcome.Should().Be(kept[1].AiResponse.Length == 0 ? "asked" : "answered");
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var client = await house.ConnectAsync($"s{i}");
            await client.AnswerAsync("셋째 말");
        }));
        var unanswered = rows["s0"].Last().AiResponse.Length == 0;
        house.Gemini.Requests.Last(r => r.Contents[0].Text == "0의 첫마디").Contents.Where(c => c.Role == "user").Select(c => c.Text)
            .Should().Equal(unanswered ? ["0의 첫마디", "셋째 말"] : ["0의 첫마디", "0의 둘째 말", "셋째 말"]);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static GeminiScript Script(string message, Moment moment, Task gate)
    {
        var pieces = Talk.Pieces(message);
        return moment switch
        {
            Moment.BeforeTheFirstChunk => Gemini.Hangs,
            Moment.MidAnswer => Gemini.Begins(pieces[0]).Stalls(),
            Moment.AfterTheLastChunk => Gemini.Begins(pieces).Stalls(),
            Moment.RightAfterComplete => Gemini.Begins(pieces[0]).WaitsFor(gate).Says(pieces[1]),
            // Half of them end, half of them do not.
            _ => message[0] % 2 == 0 ? Gemini.Says(pieces) : Gemini.Begins(pieces[0]).Stalls(),
        };
    }

    private static Task ReachAsync(HubHouse house, RawSocketClient[] clients, Moment moment) => moment switch
    {
        Moment.BeforeTheFirstChunk => house.Gemini.WaitForOpenStreamsAsync(Sessions, TimeSpan.FromSeconds(30)),
        Moment.MidAnswer or Moment.RightAfterComplete => AllAsync(clients, (_, f) => f.Type == Frame.ChunkType),
        // The pacer may hold the very end back until it knows that it is the end.
        Moment.AfterTheLastChunk => AllAsync(clients, (_, f) => f.Chunk?.Contains("들려주시겠어요?", StringComparison.Ordinal) == true),
        _ => AllAsync(clients, (i, f) => f.Type == ($"{i}"[0] % 2 == 0 ? Frame.Complete : Frame.ChunkType)),
    };

    private static async Task AllAsync(RawSocketClient[] clients, Func<int, Frame, bool> reached) =>
        await Task.WhenAll(clients.Select((client, i) => client.ReadUntilAsync(f => reached(i, f), TimeSpan.FromSeconds(30))));

    /// <summary>Those that the client was told the end of.</summary>
    private static List<string> Answers(RawSocketClient client)
    {
        var answers = new List<string>();
        var said = "";
        foreach (var frame in client.Received)
        {
            said = frame.Type == Frame.Begin ? "" : said + frame.Chunk;
            if (frame.Type == Frame.Complete)
            {
                answers.Add(said);
            }
        }

        return answers;
    }
}
