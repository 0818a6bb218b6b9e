namespace BeMore.Cluster;

/// <summary>
/// What Redis knows of a session, as a hash: <c>node</c> and <c>at</c> (µs by Redis's clock) of the connection that took the seat last,
/// <c>held</c> while it has it, and what is quarrelled about: <c>changes</c>, the moments at which the seat changed hands, and
/// <c>refused</c>, the latest at which somebody was refused. Each script is one step.
/// </summary>
internal static class SeatScripts
{
    /// <summary>
    /// Takes the seat. ARGV: this node, the quarrel's window (µs), most changes within it, how long it is kept (ms), the prefix of nodes'
    /// channels. Gives the moment, or 0 where they quarrel; and the node that had the session before, where it is another that is there.
    /// </summary>
    public const string Take =
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local was = redis.call('HMGET', KEYS[1], 'node', 'held', 'changes', 'refused')
        local node, held, window = was[1], was[2], tonumber(ARGV[2])
        if node and node ~= ARGV[1] and redis.call('PUBSUB', 'NUMSUB', ARGV[5] .. node)[2] == 0 then
          node, held = false, false
        end
        local changes = {}
        if held then
          for at in string.gmatch(was[3] or '', '%d+') do
            if now - at < window then
              table.insert(changes, at)
            end
          end
          if #changes >= tonumber(ARGV[3]) or (was[4] and now - was[4] < window) then
            redis.call('HSET', KEYS[1], 'refused', string.format('%.0f', now))
            return {0, ''}
          end
          table.insert(changes, string.format('%.0f', now))
        end
        redis.call('HDEL', KEYS[1], 'refused')
        redis.call('HSET', KEYS[1], 'node', ARGV[1], 'at', string.format('%.0f', now), 'held', '1', 'changes', table.concat(changes, ' '))
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return {now, node and node ~= ARGV[1] and node or ''}
        """;

    /// <summary>
    /// Leaves it. ARGV: this node, the moment at which it was taken, how long (ms) it is to be known where the session's turns are. What was
    /// quarrelled about is forgotten with the last who leaves.
    /// </summary>
    public const string Leave =
        """
        local was = redis.call('HMGET', KEYS[1], 'node', 'at')
        if was[1] == ARGV[1] and tonumber(was[2]) <= tonumber(ARGV[2]) then
          redis.call('HDEL', KEYS[1], 'held', 'changes', 'refused')
          redis.call('PEXPIRE', KEYS[1], ARGV[3])
        end
        return 1
        """;

    /// <summary>
    /// Says that it is still held, also to a Redis that was away or is new. ARGV: this node, the moment at which it was taken, how long it is
    /// kept (ms). Gives the moment of a newer one that has it elsewhere, or 0; and the node that had an older one.
    /// </summary>
    public const string Keep =
        """
        local was = redis.call('HMGET', KEYS[1], 'node', 'at', 'held')
        local elsewhere = was[3] and was[1] ~= ARGV[1]
        if elsewhere and tonumber(was[2]) > tonumber(ARGV[2]) then
          return {tonumber(was[2]), ''}
        end
        redis.call('HSET', KEYS[1], 'node', ARGV[1], 'at', ARGV[2], 'held', '1')
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return {0, elsewhere and was[1] or ''}
        """;
}
