using StackExchange.Redis;

namespace BeMore.Cluster;

/// <summary>What failures of Redis mean.</summary>
internal static class RedisErrors
{
    /// <summary>Longer than any that Redis has.</summary>
    private const int LongestCode = 20;

    /// <summary>Whoever asked goes on without it: that it answers, but is of no use, is the same.</summary>
    public static bool IsAway(Exception e) => e is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException;

    /// <summary>
    /// The word in capitals that Redis begins an error with, <c>OOM</c> or <c>READONLY</c>, say; null where it said nothing, or no such word.
    /// What follows may quote what it was asked.
    /// </summary>
    public static string? CodeOf(Exception e)
    {
        if (e is not RedisServerException { Message: var message })
        {
            return null;
        }

        var code = message.AsSpan(0, Math.Max(0, message.IndexOf(' ', StringComparison.Ordinal)));
        return code.Length is > 0 and <= LongestCode && !code.ContainsAnyExceptInRange('A', 'Z') ? code.ToString() : null;
    }
}
