using BeMore.RawSocket;
using BeMore.Sessions;
using Microsoft.AspNetCore.SignalR;

namespace BeMore.Counselling;

/// <summary>The sessions that one connection uses: a raw socket the one of its address, a SignalR connection those that it names.</summary>
internal sealed class Visits(
    HubCallerContext connection, SessionDirectory sessions, ISessionSeats seats, IHubContext<CounsellingHub> hub, ILogger logger) : IDisposable
{
    /// <summary>More sessions than a person has: what a connection may make the server remember is bounded.</summary>
    private const int MostSessions = 32;

    private readonly Lock _lock = new();
    private readonly Visit? _own = connection.Features.Get<IRawSocketFeature>() is { } socket ? Visit.LetIn(socket.SessionId) : null;
    private Dictionary<string, Visit>? _named;

    public static Visits? Of(HubCallerContext connection) => connection.Items.TryGetValue(typeof(Visits), out var visits) ? (Visits?)visits : null;

    public void Remember() => connection.Items[typeof(Visits)] = this;

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

            visit = Visit.Begin(sessionId!, () => EnterAsync(sessionId!));
            _named.Add(sessionId!, visit);
            return visit;
        }
    }

    public void Dispose()
    {
        Visit[] named;
        lock (_lock)
        {
            named = _named is null ? [] : [.. _named.Values];
        }

        foreach (var visit in named)
        {
            visit.Dispose();
        }
    }

    private async Task<(SessionSeats.Seat? Seat, TurnError? Refusal)> EnterAsync(string sessionId)
    {
        // The dictionary's lock is held by the caller: nothing here runs under it.
        await Task.Yield();
        var (seat, refusal) = await AskAsync(sessionId);
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

    private async Task<(SessionSeats.Seat? Seat, TurnError? Refusal)> AskAsync(string sessionId)
    {
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

        seat.Lost.Register(() => _ = LeaveAsync(sessionId));
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
