using System.Globalization;
using BeMore.Access;
using BeMore.Data;
using BeMore.HttpApi;

namespace BeMore.Sessions;

/// <summary>
/// The calls on a session (protocol.md, section 7). Where tokens are used, a session is its owner's: to anybody else it is as if there
/// were none. Where they are not, its id authorises.
/// </summary>
internal static class SessionEndpoints
{
    /// <summary>Turns of the record in one answer.</summary>
    private const int MaxPage = 100;
    private const int DefaultPage = 50;

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var session = app.MapGroup("/api/session").RequireCors(AllowedPages.Policy).NeedsToken(app).AddEndpointFilter(NotStored);
        session.MapPost("/start", StartAsync);
        session.MapGet("/{id}", GetAsync);
        session.MapDelete("/{id}", EraseAsync);
        session.MapPost("/{id}/pause", (string id, HttpContext http, SessionDirectory directory, SessionLifecycle lifecycle) =>
            SetStatusAsync(id, SessionStatus.Paused, http, directory, lifecycle));
        session.MapPost("/{id}/resume", (string id, HttpContext http, SessionDirectory directory, SessionLifecycle lifecycle) =>
            SetStatusAsync(id, SessionStatus.Active, http, directory, lifecycle));
        session.MapPost("/{id}/end", EndAsync);
        session.MapGet("/{id}/conversations", ReadRecordAsync);
        session.MapGet("/{id}/export", ExportAsync);
    }

    // What the frontend sends along is the same for everybody: it says nothing of whose the session is, and is not read.
    private static async Task<IResult> StartAsync(HttpContext http, SessionStore sessions, ILogger<SessionDirectory> logger)
    {
        var id = SessionId.Create();
        await sessions.CreateAsync(id, http.User.UserId(), http.RequestAborted);
        logger.SessionStarted(id);
        var host = $"{(http.Request.IsHttps ? "wss" : "ws")}://{http.Request.Host}";
        return ApiReply.Success(new
        {
            sessionId = id,
            wsUrls = new { landmarks = $"{host}/ws/landmarks/{id}", voice = $"{host}/ws/voice/{id}", session = $"{host}/ws/session/{id}" },
        });
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, SessionDirectory directory) =>
        await FindAsync(id, http, directory) is not { } session ? ApiReply.Failure(ApiError.SessionNotFound) : ApiReply.Success(new
        {
            sessionId = id,
            status = session.State.IsOver ? SessionStatus.Ended : session.State.IsPaused ? SessionStatus.Paused : SessionStatus.Active,
            startedAt = session.StartedAt?.ToUnixTimeMilliseconds(),
            endedAt = session.EndedAt?.ToUnixTimeMilliseconds(),
        });

    private static async Task<IResult> SetStatusAsync(string id, string status, HttpContext http, SessionDirectory directory, SessionLifecycle lifecycle)
    {
        if (await FindAsync(id, http, directory) is not { } session)
        {
            return ApiReply.Failure(ApiError.SessionNotFound);
        }

        return !session.State.IsOver && await lifecycle.SetStatusAsync(id, status)
            ? ApiReply.Success(new { sessionId = id, status })
            : ApiReply.Failure(ApiError.SessionExpired);
    }

    private static async Task<IResult> EndAsync(
        string id, HttpContext http, SessionDirectory directory, SessionLifecycle lifecycle, ILogger<SessionDirectory> logger)
    {
        if (await FindAsync(id, http, directory) is not { } session)
        {
            return ApiReply.Failure(ApiError.SessionNotFound);
        }

        // Again is no mistake: the frontend tries three times where it got no answer. And a page that is closed behind its call meant it.
        if (!session.State.IsOver)
        {
            await lifecycle.EndAsync(id);
            logger.SessionEnded(id);
        }

        return ApiReply.Success(new { sessionId = id, status = SessionStatus.Ended });
    }

    private static async Task<IResult> EraseAsync(
        string id, HttpContext http, SessionDirectory directory, SessionLifecycle lifecycle, ILogger<SessionDirectory> logger)
    {
        if (await FindAsync(id, http, directory) is null)
        {
            return ApiReply.Failure(ApiError.SessionNotFound);
        }

        await lifecycle.EraseAsync(id);
        logger.SessionErased(id);
        return ApiReply.Success(new { sessionId = id });
    }

    private static async Task<IResult> ReadRecordAsync(
        string id, HttpContext http, SessionDirectory directory, ConversationRecord record, string? offset, string? limit)
    {
        if (!TryRead(offset, 0, 0, int.MaxValue, out var skip) || !TryRead(limit, DefaultPage, 1, MaxPage, out var take))
        {
            return ApiReply.Failure(ApiError.InvalidRequest);
        }

        if (await FindAsync(id, http, directory) is null)
        {
            return ApiReply.Failure(ApiError.SessionNotFound);
        }

        var (conversations, total) = await record.ReadAsync(id, skip, take, http.RequestAborted);
        return ApiReply.Success(new { sessionId = id, conversations, total, offset = skip, limit = take });
    }

    private static async Task<IResult> ExportAsync(
        string id, HttpContext http, SessionDirectory directory, ConversationExport export, TimeProvider time)
    {
        if (await FindAsync(id, http, directory) is not { } session)
        {
            return ApiReply.Failure(ApiError.SessionNotFound);
        }

        // Before the answer begins: a database that is away then is a failure like any other.
        var turns = export.ReadAsync(id, http.RequestAborted).GetAsyncEnumerator(http.RequestAborted);
        return new SessionExport(id, session, time.GetUtcNow(), turns, hasTurns: await turns.MoveNextAsync());
    }

    private static bool TryRead(string? value, int otherwise, int least, int most, out int number)
    {
        number = otherwise;
        return value is null
            || (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most);
    }

    private static Task<SessionRecord?> FindAsync(string id, HttpContext http, SessionDirectory directory) =>
        directory.FindAsync(id, http.User.UserId(), http.RequestAborted);

    private static ValueTask<object?> NotStored(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        // What somebody confided stays in no cache on the way.
        call.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(call);
    }
}
