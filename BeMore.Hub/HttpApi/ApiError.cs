namespace BeMore.HttpApi;

/// <summary>
/// Why an HTTP call has no result, in the words that the person is shown and in a word for programs. There are no others:
/// details stay in the log.
/// </summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">For programs.</param>
/// <param name="Message">For the person.</param>
internal sealed record ApiError(int Status, string Code, string Message)
{
    public static readonly ApiError InvalidRequest = new(400, "INVALID_REQUEST", "요청 형식이 올바르지 않습니다");
    public static readonly ApiError Unauthorized = new(401, "UNAUTHORIZED", "로그인이 필요합니다");
    public static readonly ApiError NotFound = new(404, "NOT_FOUND", "요청하신 항목을 찾을 수 없습니다");

    /// <summary>There is none, or it is somebody else's: who asks is not told which.</summary>
    public static readonly ApiError SessionNotFound = new(404, "SESSION_NOT_FOUND", "세션을 찾을 수 없습니다");

    public static readonly ApiError SessionExpired = new(409, "SESSION_EXPIRED", "세션이 만료되었습니다");
    public static readonly ApiError Internal = new(500, "INTERNAL", "요청을 처리하는 중 오류가 발생했습니다");

    /// <summary>The backend behind the hub (BACKEND_URL) cannot be reached, or broke off before it had answered.</summary>
    public static readonly ApiError BackendUnavailable = new(502, "BACKEND_UNAVAILABLE", "서비스에 연결할 수 없습니다. 잠시 후 다시 시도해주세요");

    /// <summary>The same to the person and to a program, but for the status.</summary>
    public static readonly ApiError BackendTimedOut = BackendUnavailable with { Status = 504 };

    public static readonly ApiError DatabaseUnavailable = new(503, "DATABASE_UNAVAILABLE", "서비스를 일시적으로 사용할 수 없습니다. 잠시 후 다시 시도해주세요");
}
