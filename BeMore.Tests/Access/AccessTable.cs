namespace BeMore.Tests;

/// <summary>protocol.md, section 6, as a table: who may do what. Each cell is asserted by <see cref="AccessTableTests"/>.</summary>
public static class AccessTable
{
    private static readonly string[] Who =
        ["nobody", "owner", "other user", "expired", "another key", "alg none", "wrong origin", "no origin"];

    // "unreadable": the server did it, but no page of that origin is given the answer; a browser has asked before, and was refused.
    private static readonly (string What, string[] Expected)[] Rows =
    [
        ("start",           ["401", "200", "200", "401", "401", "401", "200 unreadable", "200"]),
        ("get",             ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("pause",           ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("resume",          ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("end",             ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("erase",           ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("record",          ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("export",          ["401", "200", "404", "401", "401", "401", "200 unreadable", "200"]),
        ("preflight",       ["allowed", "allowed", "allowed", "allowed", "allowed", "allowed", "refused", "refused"]),
        ("raw, header",     ["101", "101", "404", "401", "401", "401", "403", "101"]),
        ("raw, query",      ["101", "101", "404", "401", "401", "401", "403", "101"]),
        ("hub, negotiate",  ["401", "200", "200", "401", "401", "401", "200 unreadable", "200"]),
        ("hub, WebSocket",  ["401", "101", "101", "401", "401", "401", "403", "101"]),
        ("hub, ask",        ["401", "complete", "SESSION_EXPIRED", "401", "401", "401", "403", "complete"]),
        ("hub, resume",     ["401", "the rest", "nothing", "401", "401", "401", "403", "the rest"]),
        ("hub, cancel",     ["401", "cancelled", "not cancelled", "401", "401", "401", "403", "cancelled"]),
    ];

    public static TheoryData<string, string, string> Cells
    {
        get
        {
            var cells = new TheoryData<string, string, string>();
            foreach (var (what, expected) in Rows)
            {
                foreach (var (who, outcome) in Who.Zip(expected))
                {
                    cells.Add(who, what, outcome);
                }
            }

            return cells;
        }
    }
}
