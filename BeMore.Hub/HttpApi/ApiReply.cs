using System.Text.Encodings.Web;
using System.Text.Json;

namespace BeMore.HttpApi;

/// <summary>
/// The envelope of every HTTP call: <c>{"success":true,"data":{…}}</c> or
/// <c>{"success":false,"error":{"code","message"}}</c> (protocol.md, section 7).
/// </summary>
internal static class ApiReply
{
    /// <summary>Korean as it is, not as <c>\u</c> escapes: this is no HTML.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="data">An empty object stands for "done": the frontend reads a missing one as a failure.</param>
    public static IResult Success(object data) => Results.Json(new { success = true, data }, Json);

    public static IResult Failure(ApiError error) => Results.Json(Envelope(error), Json, statusCode: error.Status);

    /// <summary>The same, where there is no endpoint to return it.</summary>
    public static Task WriteAsync(HttpContext http, ApiError error)
    {
        http.Response.StatusCode = error.Status;
        return http.Response.WriteAsJsonAsync(Envelope(error), Json, http.RequestAborted);
    }

    private static object Envelope(ApiError error) => new { success = false, error = new { code = error.Code, message = error.Message } };
}
