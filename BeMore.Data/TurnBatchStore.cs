using System.Data.Common;
using Npgsql;

namespace BeMore.Data;

/// <summary>
/// Turns that begin and end at the same moment, in one round trip and one commit: most of what a turn costs the database is paid once for
/// all of them. All or, where one cannot be kept, none.
/// </summary>
/// <remarks>PostgreSQL only; the embedded database is asked turn by turn (<see cref="ConversationStore"/>), with the same effect.</remarks>
public sealed class TurnBatchStore(DbDataSource database, StoreTimings timings)
{
    private static readonly string AskSql =
        $"""
        INSERT INTO conversations (turn_id, session_id, user_message, ai_response, emotion, "timestamp", outcome)
        SELECT a.turn, s.session_id, a.message, '', a.emotion, a.said_at, '{TurnOutcome.Asked}'
        FROM unnest($1, $2, $3, $4, $5) AS a (turn, session, message, emotion, said_at)
        JOIN sessions AS s ON s.session_id = a.session
        WHERE s.ended_at IS NULL AND COALESCE(LOWER(s.status), '') NOT IN ({SessionStatus.NoTurnsSql})
        ON CONFLICT (turn_id) DO NOTHING
        RETURNING turn_id
        """;

    private const string EndSql =
        """
        UPDATE conversations AS c
        SET ai_response = e.answer, outcome = e.outcome
        FROM unnest($1, $2, $3) AS e (turn, answer, outcome)
        WHERE c.turn_id = e.turn
        RETURNING c.turn_id
        """;

    /// <summary>The embedded database has none of this.</summary>
    public bool IsSupported => database is NpgsqlDataSource;

    /// <summary>When this returns, the database has committed all of it.</summary>
    public Task<TurnBatchResult> WriteAsync(TurnBatch turns, CancellationToken cancellation) =>
        timings.TimeAsync("write_turns", () => StaleConnections.TryTwiceAsync(() => TryWriteAsync(turns, cancellation)), isTraced: false);

    private async Task<TurnBatchResult> TryWriteAsync(TurnBatch turns, CancellationToken cancellation)
    {
        await using var connection = (NpgsqlConnection)await database.OpenConnectionAsync(cancellation);
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockPatience.Sql));
        AddAsked(batch, turns.Asked);
        var withHistory = AddHistories(batch, turns.Asked);
        AddEnded(batch, turns.Ended);

        var result = new TurnBatchResult(new SessionHistory?[turns.Asked.Count], new bool[turns.Ended.Count]);
        var unknown = new List<int>();
        await using (var rows = await batch.ExecuteReaderAsync(cancellation))
        {
            await rows.NextResultAsync(cancellation);
            if (turns.Asked.Count > 0)
            {
                var begun = await ReadIdsAsync(rows, cancellation);
                for (var i = 0; i < turns.Asked.Count; i++)
                {
                    var (turn, wantsHistory) = turns.Asked[i];
                    if (begun.Contains(turn.Id))
                    {
                        result.Asked[i] = wantsHistory ? null : new SessionHistory(SessionState.Active, []);
                    }
                    else if (!wantsHistory)
                    {
                        unknown.Add(i);
                    }
                }

                await rows.NextResultAsync(cancellation);
            }

            foreach (var i in withHistory)
            {
                result.Asked[i] = await SessionHistoryRows.ReadAsync(rows, cancellation);
                await rows.NextResultAsync(cancellation);
            }

            if (turns.Ended.Count > 0)
            {
                var ended = await ReadIdsAsync(rows, cancellation);
                for (var i = 0; i < turns.Ended.Count; i++)
                {
                    result.Ended[i] = ended.Contains(turns.Ended[i].Id);
                }
            }

            // To the very end, where a failed commit tells.
            await rows.NextResultAsync(cancellation);
        }

        // Paused, over, erased, or begun by a first try whose answer was lost: rare, and worth a question of its own.
        foreach (var i in unknown)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = ConversationStore.HistorySql;
            command.Add("session", turns.Asked[i].Turn.SessionId);
            await using var rows = await command.ExecuteReaderAsync(cancellation);
            result.Asked[i] = await SessionHistoryRows.ReadAsync(rows, cancellation);
        }

        return result;
    }

    private static void AddAsked(NpgsqlBatch batch, IReadOnlyList<(KeptTurn Turn, bool WithHistory)> asked)
    {
        if (asked.Count > 0)
        {
            var command = new NpgsqlBatchCommand(AskSql);
            command.Parameters.Add(Column(asked, a => a.Turn.Id));
            command.Parameters.Add(Column(asked, a => a.Turn.SessionId));
            command.Parameters.Add(Column(asked, a => a.Turn.UserMessage));
            command.Parameters.Add(Column(asked, a => a.Turn.Emotion));
            command.Parameters.Add(Column(asked, a => a.Turn.Timestamp));
            batch.BatchCommands.Add(command);
        }
    }

    /// <summary>Few want it: the first turn of a connection.</summary>
    private static List<int> AddHistories(NpgsqlBatch batch, IReadOnlyList<(KeptTurn Turn, bool WithHistory)> asked)
    {
        var added = new List<int>();
        for (var i = 0; i < asked.Count; i++)
        {
            if (asked[i].WithHistory)
            {
                var command = new NpgsqlBatchCommand(ConversationStore.HistorySql);
                command.Parameters.Add(new NpgsqlParameter<string>("session", asked[i].Turn.SessionId));
                batch.BatchCommands.Add(command);
                added.Add(i);
            }
        }

        return added;
    }

    private static void AddEnded(NpgsqlBatch batch, IReadOnlyList<KeptTurn> ended)
    {
        if (ended.Count > 0)
        {
            var command = new NpgsqlBatchCommand(EndSql);
            command.Parameters.Add(Column(ended, e => e.Id));
            command.Parameters.Add(Column(ended, e => e.AiResponse));
            command.Parameters.Add(Column(ended, e => e.Outcome));
            batch.BatchCommands.Add(command);
        }
    }

    private static NpgsqlParameter<TValue[]> Column<TTurn, TValue>(IReadOnlyList<TTurn> turns, Func<TTurn, TValue> value)
    {
        var column = new TValue[turns.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(turns[i]);
        }

        return new NpgsqlParameter<TValue[]> { TypedValue = column };
    }

    private static async Task<HashSet<Guid>> ReadIdsAsync(DbDataReader rows, CancellationToken cancellation)
    {
        var ids = new HashSet<Guid>();
        while (await rows.ReadAsync(cancellation))
        {
            ids.Add(rows.GetGuid(0));
        }

        return ids;
    }
}
