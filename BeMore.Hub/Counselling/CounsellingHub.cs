using System.Net.WebSockets;
using BeMore.RawSocket;
using BeMore.Safety;
using BeMore.Sessions;
using BeMore.Telemetry;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.Counselling;

/// <summary>What a client may do, through either door (protocol.md, sections 1 and 2).</summary>
/// <remarks>
/// A raw socket belongs to the session of its address and names none in its messages; its protocol passes
/// <see cref="EnvelopeProtocol.OwnSession"/>.
/// No method but the streams may wait for anything: plain calls of a connection queue behind each other.
/// </remarks>
internal sealed class CounsellingHub(
    TurnRegistry turns,
    SafetyFloor safety,
    SessionDirectory sessions,
    ISessionSeats seats,
    IHubContext<CounsellingHub> hub,
    TimeProvider time,
    ILogger<CounsellingHub> logger) : Hub
{
    public override Task OnConnectedAsync()
    {
        var visits = new Visits(Context, sessions, seats, turns, hub, time, logger);
        visits.Remember();
        if (Context.Features.Get<IRawSocketFeature>() is { } socket && visits.To(EnvelopeProtocol.OwnSession) is { } visit)
        {
            socket.Broke = since => turns.Restore(visit.ToldSince(since));
        }

        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Visits.Of(Context)?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Asks the counsellor. The stream is the one of section 1.1; leaving it ends the answer, losing the connection does not.</summary>
    public IAsyncEnumerable<TurnEvent> RequestAiResponse(string? sessionId, TurnRequest? request, CancellationToken left)
    {
        request ??= TurnRequest.Empty;
        var visit = VisitTo(sessionId);
        // Once a message, whatever becomes of it: it is counted, and an operator may be told.
        var risk = safety.Assess(visit?.SessionId, request.Message);
        if (visit is null)
        {
            return Only(turns.Refuse(risk, TurnError.SessionExpired));
        }

        if (request.Emotion is null && visit.TakeSeenEmotion() is { } seen)
        {
            request = request with { Emotion = seen };
        }

        return InOrder(visit, () => Ask(visit, request, risk, left), risk.Help);
    }

    /// <summary>
    /// The rest of what a lost connection left unfinished: each turn's <c>ai_stream_begin</c>, one chunk with all that was said so
    /// far, then the rest as it comes. Empty if there is nothing.
    /// </summary>
    public IAsyncEnumerable<TurnEvent> ResumeAiResponse(string? sessionId, CancellationToken left)
    {
        if (VisitTo(sessionId) is not { } visit)
        {
            return Only();
        }

        // Taken over in its order, before a further request of this connection can begin.
        return InOrder(visit, () =>
        {
            var watches = visit.Refusal is null ? turns.TakeOver(visit.SessionId, Context.ConnectionId, IsSuperseded(visit)) : [];
            foreach (var watch in watches)
            {
                visit.Watch(watch.Turn);
            }

            return TurnWatch.ReadAllAsync(watches, IsLost(visit), left);
        });
    }

    /// <summary>Ends the running answer where it is: what was said is kept, and its stream completes.</summary>
    public void CancelAiResponse(string? sessionId)
    {
        if (VisitTo(sessionId) is { } visit)
        {
            _ = visit.InOrderAsync(() =>
            {
                if (visit.Refusal is null && !IsSuperseded(visit)())
                {
                    turns.Cancel(visit.SessionId);
                }

                return true;
            });
        }
    }

    /// <summary>What the face shows now: the emotion of the next request that names none.</summary>
    public void UpdateEmotion(string? sessionId, Emotion? emotion) =>
        // Of the connection, not of the session: a face that was read before a reconnect is not the face of now.
        VisitTo(sessionId)?.See(emotion);

    public Pong Ping(string? sessionId)
    {
        Visits.Of(Context)?.Hear();
        return new(
            time.GetUtcNow().ToUnixTimeMilliseconds(),
            sessionId == EnvelopeProtocol.OwnSession ? Context.Features.Get<IRawSocketFeature>()?.SessionId ?? "" : SessionId.IsValid(sessionId) ? sessionId! : "");
    }

    private Func<bool> IsLost(Visit visit)
    {
        var (aborted, socket) = (Context.ConnectionAborted, Context.Features.Get<IRawSocketFeature>());
        return () => aborted.IsCancellationRequested || visit.IsLost || socket?.IsLost == true;
    }

    /// <summary>A newer connection has the session: what it does there is not this one's any more.</summary>
    private Func<bool> IsSuperseded(Visit visit)
    {
        var socket = Context.Features.Get<IRawSocketFeature>();
        return () => visit.IsSuperseded || socket?.IsSuperseded == true;
    }

    private Visit? VisitTo(string? sessionId) => Visits.Of(Context)?.To(sessionId);

    private IAsyncEnumerable<TurnEvent> Ask(Visit visit, TurnRequest request, TurnRisk risk, CancellationToken left)
    {
        // Words that came are kept, also where a newer connection has the session by now.
        if (visit.Refusal is { } refusal)
        {
            return Only(turns.Refuse(risk, refusal));
        }

        if (visit.EndsWithHelp)
        {
            return Only();
        }

        var socket = Context.Features.Get<IRawSocketFeature>();
        var span = socket?.Request ?? TurnTelemetry.SpanOf(Context.GetHttpContext());
        var asker = new Asker(Context.ConnectionId, Context.UserIdentifier, time.GetTimestamp(), span);
        if (turns.Enqueue(visit.SessionId, request, asker, risk) is { } watch)
        {
            visit.Watch(watch.Turn);
            var stream = watch.ReadAsync(IsLost(visit), left);
            if (watch.Turn.Refusal is null || socket is null)
            {
                return stream;
            }

            visit.EndsWithHelp = true;
            return ThenCloseAsync(stream, socket, visit.SessionId);
        }

        logger.TooManyWaiting(visit.SessionId);
        if (socket is null)
        {
            return Only(turns.Refuse(risk, TurnError.RateLimited));
        }

        socket.Close(WebSocketCloseStatus.PolicyViolation);
        return Only();
    }

    /// <summary>Who sends more than may wait is not heard any more; who is in danger is told so much before.</summary>
    private async IAsyncEnumerable<TurnEvent> ThenCloseAsync(IAsyncEnumerable<TurnEvent> help, IRawSocketFeature socket, string sessionId)
    {
        await foreach (var turnEvent in help)
        {
            yield return turnEvent;
        }

        logger.TooManyWaiting(sessionId);
        socket.Close(WebSocketCloseStatus.PolicyViolation);
    }

    /// <param name="visit">Whose order it is.</param>
    /// <param name="act">What is done in it.</param>
    /// <param name="help">With what the stream begins, if that is help: it does not wait for the entrance.</param>
    private static IAsyncEnumerable<TurnEvent> InOrder(Visit visit, Func<IAsyncEnumerable<TurnEvent>> act, string? help = null)
    {
        // Not awaited: a stream that is made here and now is read at once, and the entrance is open only for a connection's first call.
        var stream = visit.InOrderAsync(act);
        return stream.IsCompletedSuccessfully ? stream.Result : LaterAsync(stream, help);
    }

    private static async IAsyncEnumerable<TurnEvent> LaterAsync(Task<IAsyncEnumerable<TurnEvent>> stream, string? help)
    {
        var isRead = false;
        try
        {
            var told = 0;
            if (help is not null)
            {
                yield return TurnEvent.Begin.Instance;
                yield return new TurnEvent.Chunk(help);
                told = 2;
            }

            // Whoever left meanwhile is seen to by the stream itself, which must be read to know it.
            isRead = true;
            await foreach (var turnEvent in await stream)
            {
                if (told > 0 && !turnEvent.IsLast)
                {
                    told--;
                    continue;
                }

                yield return turnEvent;
            }
        }
        finally
        {
            _ = isRead ? Task.CompletedTask : LeaveAsync(stream);
        }
    }

    private static async Task LeaveAsync(Task<IAsyncEnumerable<TurnEvent>> stream)
    {
        await foreach (var _ in await stream)
        {
            return;
        }
    }

    private static async IAsyncEnumerable<TurnEvent> Only(params TurnEvent[] events)
    {
        await Task.CompletedTask;
        foreach (var turnEvent in events)
        {
            yield return turnEvent;
        }
    }
}
