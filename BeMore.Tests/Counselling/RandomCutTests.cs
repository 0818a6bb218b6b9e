namespace BeMore.Tests;

/// <summary>Sockets are cut anywhere in an answer, some of them again and again; who comes back has the whole answer, to the byte.</summary>
public sealed class RandomCutTests
{
    private const int Sockets = 200;
    private const int AtOnce = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WhoComesBackHasTheWholeAnswer(int seed)
    {
        await using var hub = await TestHub.StartAsync(new() { ["STREAM_CHUNK_INTERVAL_MS"] = "2" });
        hub.Gemini.Always(request => Slowly(request.LastUserText));

        for (var first = 0; first < Sockets / 2; first += AtOnce)
        {
            await Task.WhenAll(Enumerable.Range(first, AtOnce).Select(i => TalkAsync(hub, $"s{i}", new Random((seed * 1000) + i))));
        }

        (await hub.RowsAsync()).OrderBy(r => int.Parse(r.SessionId[1..])).Select(r => (r.SessionId, r.UserMessage, r.AiResponse, r.Outcome)).Should().Equal(
            Enumerable.Range(0, Sockets / 2).Select(i => ($"s{i}", $"s{i}의 말", Answer($"s{i}의 말"), "answered")));
    }

    private static async Task TalkAsync(TestHub hub, string session, Random random)
    {
        var socket = await CuttableSocket.ConnectAsync(hub.App.Socket(session));
        try
        {
            await socket.Client.RequestAsync($"{session}의 말");
            for (var cuts = random.Next(1, 4); cuts > 0 && !IsToldToTheEnd(socket.Client); cuts--)
            {
                // So that the request is known to have come.
                await socket.Client.NextAsync();
                await Task.WhenAny(socket.Client.ReadTurnAsync(), Task.Delay(random.Next(0, 60)));
                await (random.Next(2) == 0 ? socket.ResetAsync() : socket.AbortAsync());
                if (IsToldToTheEnd(socket.Client))
                {
                    break;
                }

                await socket.DisposeAsync();
                socket = await CuttableSocket.ConnectAsync(hub.App.Socket(session));
            }

            if (!IsToldToTheEnd(socket.Client))
            {
                await socket.Client.ReadUntilAsync(f => f.EndsATurn);
            }

            // Of the one connection that was told the end: it was told everything.
            var frames = socket.Client.Received;
            frames.Types().Should().StartWith(Frame.Begin).And.EndWith(Frame.Complete).And.HaveCountGreaterThan(2);
            frames.Count(f => f.Type is Frame.Begin or Frame.Complete).Should().Be(2);
            frames.Text().Should().Be(Answer($"{session}의 말"));
        }
        finally
        {
            await socket.DisposeAsync();
        }
    }

    private static bool IsToldToTheEnd(RawSocketClient client) => client.Received.Any(f => f.EndsATurn);

    private static string Answer(string message) => string.Concat(Pieces(message));

    private static IEnumerable<string> Pieces(string message) => Enumerable.Range(1, 8).Select(i => $"{message}, {i}번째 문장이에요. ");

    private static GeminiScript Slowly(string message) =>
        Pieces(message).Take(7).Aggregate(GeminiScript.Empty, (script, piece) => script.Begins(piece).Delays(TimeSpan.FromMilliseconds(3))).Says(Pieces(message).Last());
}
