namespace BeMore.Tests;

/// <summary>What became of one request, everywhere where it shows: on the screen, in the database, at Gemini, in the log.</summary>
internal sealed record TurnResult(
    IReadOnlyList<Frame> Frames, IReadOnlyList<StoredTurn> Stored, IReadOnlyList<GeminiRequest> Asked, CapturedLogs Logs)
{
    public const string FirstModel = "gemini-flash-latest";
    public const string SecondModel = "gemini-flash-lite-latest";

    /// <summary>When it is asked: a fake clock begins here, because what is said more than a day in the future is not believed.</summary>
    public static readonly DateTimeOffset SaidAt = DateTimeOffset.FromUnixTimeMilliseconds(1704902400000);

    private static readonly StoredTurn Question = new("요즘 잠을 못 자요", "", "sad", SaidAt.ToUnixTimeMilliseconds());

    public IReadOnlyList<string> Models => [.. Asked.Select(request => request.Model)];

    /// <summary>Asks once in a session that is new, and waits for the end.</summary>
    /// <param name="afterTheFirstChunk">Completed when the client has the first chunk: a gate in Gemini's script.</param>
    public static async Task<TurnResult> AskAsync(TestHub hub, TaskCompletionSource? afterTheFirstChunk = null)
    {
        await using var client = await hub.ConnectAsync();
        await client.RequestAsync(Question.UserMessage, Question.Emotion, Question.Timestamp);
        if (afterTheFirstChunk is not null)
        {
            await client.ReadUntilAsync(frame => frame.Type == Frame.ChunkType);
            afterTheFirstChunk.SetResult();
        }

        await client.ReadTurnAsync();
        var frames = client.Received;
        // What followed the turn's end by mistake would come before the pong.
        await client.PingAsync();
        (await client.NextAsync()).Type.Should().Be("pong");
        return new TurnResult(frames, await hub.TurnsAsync(), hub.Gemini.Requests, hub.App.Logs);
    }

    /// <summary>Shown, kept and logged as a whole answer.</summary>
    public void ShouldBeAnswered(string answer)
    {
        ShouldShow(answer, Frame.Complete);
        ShouldBeLogged("COMPLETE", answer);
        Logs.Named("ModelFailed").Should().BeEmpty();
        Stored.Should().Equal(Question with { AiResponse = answer });
    }

    /// <summary>Failed in the words of protocol.md, section 1.1: the person may try again later.</summary>
    /// <param name="said">Shown before, and so kept.</param>
    public void ShouldBeUnavailable(string failure, string reason, string said = "") =>
        ShouldHaveFailed("AI_UNAVAILABLE", "AI 서비스가 일시적으로 사용할 수 없습니다", failure, reason, said);

    /// <inheritdoc cref="ShouldBeUnavailable"/>
    public void ShouldBeInternal(string failure, string reason, string said = "") =>
        ShouldHaveFailed("INTERNAL", "AI 응답 생성 중 오류가 발생했습니다", failure, reason, said);

    private void ShouldHaveFailed(string code, string sentence, string failure, string reason, string said)
    {
        ShouldShow(said, Frame.StreamError);
        Frames[^1].Error.Should().Be(sentence);
        Frames[^1].Code.Should().Be(code);
        ShouldBeLogged(code, said);
        var failed = Logs.Named("ModelFailed").Should().ContainSingle().Subject;
        failed.Value("SessionId").Should().Be("s");
        failed.Value("Failure").Should().Be(failure);
        failed.Value("Reason").Should().Match(reason);
        if (said.Length > 0)
        {
            Stored.Should().Equal(Question with { AiResponse = said });
        }
        else
        {
            Stored.Should().BeEmpty();
        }
    }

    private void ShouldShow(string answer, string end)
    {
        var chunks = Frames.Where(frame => frame.Chunk is { Length: > 0 }).Select(frame => frame.Type);
        Frames.Types().Should().Equal([Frame.Begin, .. chunks, end]);
        Frames.Text().Should().Be(answer);
    }

    private void ShouldBeLogged(string outcome, string answer)
    {
        var ended = Logs.Named("TurnEnded").Should().ContainSingle().Subject;
        ended.Value("SessionId").Should().Be("s");
        ended.Value("Outcome").Should().Be(outcome);
        ended.Value("Chunks").Should().Be($"{Frames.Count - 2}");
        ended.Value("Characters").Should().Be($"{answer.Length}");
        Logs.Named("TurnBroke").Should().BeEmpty();
    }
}
