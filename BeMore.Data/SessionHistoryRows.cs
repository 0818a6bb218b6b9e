using System.Data.Common;

namespace BeMore.Data;

/// <summary>The rows of <see cref="ConversationStore.HistorySql"/>.</summary>
internal static class SessionHistoryRows
{
    /// <summary>Null: there is no such session.</summary>
    public static async Task<SessionHistory?> ReadAsync(DbDataReader rows, CancellationToken cancellation)
    {
        SessionState? state = null;
        var turns = new List<PastTurn>(ConversationStore.HistoryLength);
        while (await rows.ReadAsync(cancellation))
        {
            state ??= new SessionState(rows.IsDBNull(0) ? null : rows.GetString(0), rows.GetBoolean(1));
            if (!rows.IsDBNull(2))
            {
                turns.Add(new PastTurn(rows.GetString(2), rows.GetString(3), rows.GetString(4) == TurnOutcome.Interrupted)
                {
                    KeptAt = rows.TimeAt(5) ?? DateTimeOffset.MinValue,
                });
            }
        }

        return state is null ? null : new SessionHistory(state, turns);
    }
}
