using BeMore.RawSocket;
using BeMore.Sessions;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.Counselling;

/// <summary>The sessions that one connection uses: a raw socket the one of its address, a SignalR connection those that it names.</summary>
internal sealed class Visits(
    HubCallerContext connection,
    SessionDirectory sessions,
    ISessionSeats seats,
    TurnRegistry turns,
    IHubContext<CounsellingHub> hub,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    /// <summary>More sessions than a person has: what a connection may make the server remember is bounded.</summary>
    private const int MostSessions = 32;

    private readonly Lock _lock = new();
    private readonly Visit? _own = connection.Features.Get<IRawSocketFeature>() is { } socket ? Visit.LetIn(socket.SessionId) : null;
    private readonly HeardSocket? _socket = connection.GetHttpContext()?.Features.Get<HeardSocket>();
    private Dictionary<string, Visit>? _named;
    private long _calledAt = time.GetTimestamp();

    public static Visits? Of(HubCallerContext connection) => connection.Items.TryGetValue(typeof(Visits), out var visits) ? (Visits?)visits : null;

    public void Remember() => connection.Items[typeof(Visits)] = this;

    /// <summary>The client has called.</summary>
    public void Hear() => Volatile.Write(ref _calledAt, time.GetTimestamp());

    /// <summary>The visit to a session, which begins with the first call. Null: no such session can be, or the connection uses too many.</summary>
    public Visit? To(string? sessionId)
    {
        if (sessionId == EnvelopeProtocol.OwnSession)
        {
            return _own;
        }

        if (!SessionId.IsValid(sessionId))
        {
            return null;
        }

        Hear();
        lock (_lock)
        {
            _named ??= new(StringComparer.Ordinal);
            if (_named.TryGetValue(sessionId!, out var visit))
            {
                return visit;
            }

            if (_named.Count >= MostSessions)
            {
                return null;
            }

            visit = Visit.Begin(sessionId!, EnterAsync);
            _named.Add(sessionId!, visit);
            return visit;
        }
    }

    /// <summary>The connection is over.</summary>
    public void Dispose()
    {
        Visit[] named;
        lock (_lock)
        {
            named = _named is null ? [] : [.. _named.Values];
        }

        foreach (var visit in named)
        {
            // Before the seat is free.
            visit.Lose(InDoubtSince, turns.Restore);
            visit.Dispose();
        }
    }

    /// <summary>
    /// Since the client was last heard, what it was told may have reached nobody: what is written to a connection that is dead goes into
    /// the buffers of this machine. A client that closed its socket had read it.
    /// </summary>
    private long InDoubtSince()
    {
        var now = time.GetTimestamp();
        if (_socket is not null)
        {
            return _socket.WasClosed ? now : _socket.HeardAt;
        }

        // Not over a WebSocket: nobody tells how it ended, nor of SignalR's pings, of which there was one within the time-out.
        return Math.Max(Volatile.Read(ref _calledAt), now - (long)(CounsellingRegistration.ClientTimeout.TotalSeconds * time.TimestampFrequency));
    }

    private async Task<(SessionSeats.Seat? Seat, TurnError? Refusal)> EnterAsync(Visit visit)
    {
        // The dictionary's lock is held by the caller: nothing here runs under it.
        await Task.Yield();
        var sessionId = visit.SessionId;
        var (seat, refusal) = await AskAsync(visit);
        if (refusal is not null)
        {
            // The next call asks again: the session may be there by then.
            lock (_lock)
            {
                _named?.Remove(sessionId);
            }
        }

        return (seat, refusal);
    }

    private async Task<(SessionSeats.Seat? Seat, TurnError? Refusal)> AskAsync(Visit visit)
    {
        var sessionId = visit.SessionId;
        try
        {
            if (!await sessions.MayEnterAsync(sessionId, connection.UserIdentifier))
            {
                return (null, TurnError.SessionExpired);
            }
        }
        catch (Exception e)
        {
            logger.EntranceBroke(sessionId, e);
            return (null, TurnError.Internal);
        }

        if (connection.ConnectionAborted.IsCancellationRequested)
        {
            // It has left meanwhile: nobody is told, and it must not take the seat from a newer one.
            return (null, TurnError.SessionExpired);
        }

        if (await seats.TryTakeAsync(sessionId) is not { } seat)
        {
            return (null, TurnError.SessionInUse);
        }

        seat.Lost.Register(() =>
        {
            // Before whoever has the seat now is told anything.
            visit.Supersede(InDoubtSince, turns.Restore);
            _ = LeaveAsync(sessionId);
        });
        return (seat, null);
    }

    private async Task LeaveAsync(string sessionId)
    {
        try
        {
            await hub.Clients.Client(connection.ConnectionId).SendAsync(Superseded.Method, new Superseded(sessionId));
        }
        finally
        {
            connection.Abort();
        }
    }
}
