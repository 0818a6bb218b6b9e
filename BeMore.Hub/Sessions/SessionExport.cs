using System.Text.Encodings.Web;
using System.Text.Json;
using BeMore.Data;

namespace BeMore.Sessions;

/// <summary>
/// All that is stored of a session, as a file for its owner (docs/http.md), written page by page as it is read: a talk of years takes no
/// more memory than one of a day, and no longer of the database's connections than a page takes.
/// </summary>
/// <param name="sessionId">Whose.</param>
/// <param name="session">As the table has it.</param>
/// <param name="now">When it is exported.</param>
/// <param name="pages">Its turns; disposed at the end.</param>
/// <param name="hasTurns">The first page has been read.</param>
internal sealed class SessionExport(
    string sessionId, SessionRecord session, DateTimeOffset now, IAsyncEnumerator<IReadOnlyList<ExportedTurn>> pages, bool hasTurns) : IResult
{
    /// <summary>What the numbers called <c>timestamp</c> and <c>…At</c> are.</summary>
    private const string TimeUnit = "ms since 1970-01-01T00:00:00Z";

    // Korean as it is, not as escapes: this is no HTML.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await using var _ = pages;
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        // An id has nothing in it that a file's name has not.
        response.Headers.ContentDisposition = $"attachment; filename=\"bemore-{sessionId}.json\"";

        await using var json = new Utf8JsonWriter(response.BodyWriter, Json);
        WriteHead(json);
        for (var hasPage = hasTurns; hasPage; hasPage = await pages.MoveNextAsync())
        {
            foreach (var turn in pages.Current)
            {
                Write(json, turn);
            }

            await FlushAsync(json, response, httpContext.RequestAborted);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        await FlushAsync(json, response, httpContext.RequestAborted);
    }

    private void WriteHead(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteBoolean("success", true);
        json.WriteStartObject("data");
        json.WriteString("timeUnit", TimeUnit);
        WriteTime(json, "exportedAt", now);
        json.WriteStartObject("session");
        json.WriteString("sessionId", sessionId);
        json.WriteString("userId", session.UserId);
        json.WriteString("status", session.State.Status);
        WriteTime(json, "startedAt", session.StartedAt);
        WriteTime(json, "endedAt", session.EndedAt);
        json.WriteEndObject();
        json.WriteStartArray("conversations");
    }

    private static void Write(Utf8JsonWriter json, ExportedTurn turn)
    {
        json.WriteStartObject();
        if (turn.TurnId is { } id)
        {
            json.WriteString("turnId", id);
        }
        else
        {
            json.WriteNull("turnId");
        }

        json.WriteString("userMessage", turn.UserMessage);
        json.WriteString("aiResponse", turn.AiResponse);
        json.WriteString("emotion", turn.Emotion);
        json.WriteNumber("timestamp", turn.Timestamp);
        WriteTime(json, "createdAt", turn.CreatedAt);
        json.WriteString("outcome", turn.Outcome);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at)
        {
            json.WriteNumber(name, at.ToUnixTimeMilliseconds());
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static async Task FlushAsync(Utf8JsonWriter json, HttpResponse response, CancellationToken cancellation)
    {
        await json.FlushAsync(cancellation);
        // Waits where the reader is slower than the database.
        await response.BodyWriter.FlushAsync(cancellation);
    }
}
