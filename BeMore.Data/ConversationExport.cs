using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;

namespace BeMore.Data;

/// <summary>The whole of a talk, however long, with all that is stored of each turn.</summary>
public sealed class ConversationExport(DbDataSource database, StoreTimings timings)
{
    /// <summary>Turns in one page.</summary>
    public const int PageLength = 200;

    /// <summary>
    /// A page begins behind the last turn of the one before it, so that the thousandth costs what the first does (idx_conversations_history).
    /// </summary>
    public const string PageSql =
        """
        SELECT turn_id, user_message, ai_response, emotion, "timestamp", created_at, outcome, id
        FROM conversations
        WHERE session_id = @session AND ("timestamp", id) > (@timestamp, @id)
        ORDER BY "timestamp", id
        LIMIT @most
        """;

    /// <summary>
    /// Its turns, oldest first, by <c>timestamp</c> then <c>id</c>, page by page: between two pages nothing is held, however slowly somebody
    /// reads. There is no page without turns.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<ExportedTurn>> ReadAsync(
        string sessionId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (timestamp, id) = (long.MinValue, int.MinValue);
        while (true)
        {
            var page = new List<ExportedTurn>(PageLength);
            var (after, afterId) = (timestamp, id);
            (timestamp, id) = await timings.TimeAsync(
                "read_export", () => StaleConnections.TryTwiceAsync(() => ReadPageAsync(sessionId, after, afterId, page, cancellation)));
            if (page.Count > 0)
            {
                yield return page;
            }

            if (page.Count < PageLength)
            {
                yield break;
            }
        }
    }

    /// <returns>Where the page ends.</returns>
    private async Task<(long Timestamp, int Id)> ReadPageAsync(
        string sessionId, long timestamp, int id, List<ExportedTurn> page, CancellationToken cancellation)
    {
        page.Clear();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var command = connection.CreateCommand();
        command.CommandText = PageSql;
        command.Add("session", sessionId);
        command.Add("timestamp", timestamp, DbType.Int64);
        command.Add("id", id, DbType.Int32);
        command.Add("most", PageLength, DbType.Int32);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        while (await row.ReadAsync(cancellation))
        {
            timestamp = row.GetInt64(4);
            page.Add(new ExportedTurn(
                row.IsDBNull(0) ? null : row.GetGuid(0),
                row.GetString(1),
                row.GetString(2),
                row.IsDBNull(3) ? null : row.GetString(3),
                timestamp,
                row.TimeAt(5),
                row.GetString(6)));
            id = row.GetInt32(7);
        }

        return (timestamp, id);
    }
}
