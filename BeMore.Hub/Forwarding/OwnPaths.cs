namespace BeMore.Forwarding;

/// <summary><c>/ws/session/*</c>, <c>/hubs/*</c> and <c>/health*</c>: the hub's, also where it has nothing there (protocol.md, section 7).</summary>
internal static class OwnPaths
{
    public static bool Contain(PathString path)
    {
        // Read as generously as any server behind us may: %2F, the one escape that is left in a path, as a slash, and no empty segments.
        var segments = (path.Value ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Split('/', StringSplitOptions.RemoveEmptyEntries);
        return segments is [var first, .. var rest]
            && (first.StartsWith("health", StringComparison.OrdinalIgnoreCase)
                || Is(first, "hubs")
                || (Is(first, "ws") && rest is [var second, ..] && Is(second, "session")));
    }

    private static bool Is(string segment, string own) => segment.Equals(own, StringComparison.OrdinalIgnoreCase);
}
