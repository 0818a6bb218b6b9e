using Npgsql;

namespace BeMore.Tests;

/// <summary>A row of <c>conversations</c>, with how the turn ended.</summary>
public sealed record KeptRow(string SessionId, string UserMessage, string AiResponse, string Outcome, long Timestamp)
{
    /// <summary>Session by session, in the order of the record: by <c>timestamp</c>, then <c>id</c>.</summary>
    public static async Task<IReadOnlyList<KeptRow>> ReadAsync(PostgresCluster cluster, string databaseUrl)
    {
        await using var connection = await cluster.OpenAsync(databaseUrl);
        await using var query = new NpgsqlCommand(
            "SELECT session_id, user_message, ai_response, outcome, \"timestamp\" FROM conversations ORDER BY session_id, \"timestamp\", id", connection);
        var kept = new List<KeptRow>();
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            kept.Add(new KeptRow(rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetInt64(4)));
        }

        return kept;
    }
}
