using System.Net.WebSockets;
using BeMore.RawSocket;
using BeMore.Sessions;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.Counselling;

/// <summary>What a client may do, through either door (protocol.md, sections 1 and 2).</summary>
/// <remarks>
/// A raw socket belongs to the session of its address and names none in its messages; its protocol passes
/// <see cref="EnvelopeProtocol.OwnSession"/>.
/// No method but the streams may wait for anything: plain calls of a connection queue behind each other.
/// </remarks>
internal sealed class CounsellingHub(TurnRegistry turns, TimeProvider time, ILogger<CounsellingHub> logger) : Hub
{
    /// <summary>Asks the counsellor. The stream is the one of section 1.1; leaving it ends the answer, losing the connection does not.</summary>
    public IAsyncEnumerable<TurnEvent> RequestAiResponse(string? sessionId, TurnRequest? request, CancellationToken left)
    {
        var session = SessionOf(sessionId);
        if (session is null)
        {
            return Only(new TurnEvent.Failed(TurnError.SessionExpired));
        }

        request ??= TurnRequest.Empty;
        if (request.Emotion is null && TakeEmotion(session) is { } seen)
        {
            request = request with { Emotion = seen };
        }

        if (turns.Enqueue(session, request, request.Refusal is null && IsFirstUse(session)) is { } watch)
        {
            return watch.ReadAsync(Context.ConnectionAborted, left);
        }

        logger.TooManyWaiting(session);
        if (Context.Features.Get<IRawSocketFeature>() is { } socket)
        {
            socket.Close(WebSocketCloseStatus.PolicyViolation);
            return Only();
        }

        return Only(new TurnEvent.Failed(TurnError.RateLimited));
    }

    /// <summary>
    /// The rest of what a lost connection left unfinished: each turn's <c>ai_stream_begin</c>, one chunk with all that was said so
    /// far, then the rest as it comes. Empty if there is nothing.
    /// </summary>
    public IAsyncEnumerable<TurnEvent> ResumeAiResponse(string? sessionId, CancellationToken left)
    {
        // Taken over at once, before a further request of this connection can begin.
        var unfinished = SessionOf(sessionId) is { } session ? turns.Resume(session) : [];
        return TurnWatch.ReadAllAsync(unfinished, Context.ConnectionAborted, left);
    }

    /// <summary>Ends the running answer where it is: what was said is kept, and its stream completes.</summary>
    public void CancelAiResponse(string? sessionId)
    {
        if (SessionOf(sessionId) is { } session)
        {
            turns.Cancel(session);
        }
    }

    /// <summary>What the face shows now: the emotion of the next request that names none.</summary>
    public void UpdateEmotion(string? sessionId, Emotion? emotion)
    {
        if (SessionOf(sessionId) is { } session)
        {
            // Of the connection, not of the session: a face that was read before a reconnect is not the face of now.
            Context.Items[nameof(SeenEmotion)] = new SeenEmotion(session, emotion);
        }
    }

    public Pong Ping(string? sessionId) => new(time.GetUtcNow().ToUnixTimeMilliseconds(), SessionOf(sessionId) ?? "");

    private string? SessionOf(string? sessionId) =>
        sessionId == EnvelopeProtocol.OwnSession ? Context.Features.Get<IRawSocketFeature>()?.SessionId
        : SessionId.IsValid(sessionId) ? sessionId
        : null;

    /// <summary>A raw socket's session was looked up, and made where it may be, at the handshake.</summary>
    private bool IsFirstUse(string session)
    {
        if (Context.Features.Get<IRawSocketFeature>() is not null
            || (Context.Items.TryGetValue(nameof(IsFirstUse), out var before) && Equals(before, session)))
        {
            return false;
        }

        Context.Items[nameof(IsFirstUse)] = session;
        return true;
    }

    private Emotion? TakeEmotion(string session)
    {
        if (Context.Items.TryGetValue(nameof(SeenEmotion), out var item) && item is SeenEmotion seen && seen.Session == session)
        {
            Context.Items.Remove(nameof(SeenEmotion));
            return seen.Emotion;
        }

        return null;
    }

    private static async IAsyncEnumerable<TurnEvent> Only(params TurnEvent[] events)
    {
        await Task.CompletedTask;
        foreach (var turnEvent in events)
        {
            yield return turnEvent;
        }
    }

    private sealed record SeenEmotion(string Session, Emotion? Emotion);
}
