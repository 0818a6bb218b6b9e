using System.Data.Common;

namespace BeMore.Data;

internal static class StaleConnections
{
    /// <summary>
    /// Asks once more where the first try failed in passing. A database that was started anew leaves dead connections in the pool, of
    /// which the first use tells. A turn and a handshake begin with a question, so the question finds out, and nobody else has to.
    /// </summary>
    public static async Task<T> TryTwiceAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (DbException e) when (e.IsTransient && !DatabaseErrors.IsLocked(e))
        {
            return await read();
        }
    }
}
