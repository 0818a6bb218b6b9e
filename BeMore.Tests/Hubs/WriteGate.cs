using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace BeMore.Tests;

/// <summary>Holds up all turns that begin, until it is disposed of: by no lock, for which the hub waits less long than for a slow answer.</summary>
internal sealed class WriteGate : IAsyncDisposable
{
    private const string Sql =
        """
        CREATE OR REPLACE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP
                PERFORM pg_sleep(0.01);
            END LOOP;
            RETURN NULL;
        END $$;
        CREATE OR REPLACE TRIGGER gate BEFORE INSERT ON conversations FOR EACH STATEMENT EXECUTE FUNCTION wait_at_the_gate();
        SELECT pg_advisory_lock(1)
        """;

    private readonly TestHub _hub;
    private readonly NpgsqlConnection _holder;

    private WriteGate(TestHub hub, NpgsqlConnection holder) => (_hub, _holder) = (hub, holder);

    public static async Task<WriteGate> CloseAsync(TestHub hub)
    {
        var holder = await hub.OpenAsync();
        await using var command = new NpgsqlCommand(Sql, holder);
        await command.ExecuteNonQueryAsync();
        return new WriteGate(hub, holder);
    }

    /// <summary>The server has nothing that tells: it is asked until so many writes wait.</summary>
    public async Task WaitingAsync(int writes)
    {
        for (var asked = Stopwatch.StartNew(); await CountAsync() < writes; await Task.Delay(10))
        {
            asked.Elapsed.Should().BeLessThan(Pulse.Patience);
        }
    }

    /// <summary>Opens it.</summary>
    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private async Task<int> CountAsync() => int.Parse(
        (await _hub.RowAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"))!,
        CultureInfo.InvariantCulture);
}
