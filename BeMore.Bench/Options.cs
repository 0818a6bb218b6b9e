using System.Globalization;

namespace BeMore.Bench;

/// <summary>What was asked for on the command line.</summary>
internal sealed class Options
{
    public const string Help =
        """
        Measures the hub on this machine, and prints a table for docs/performance.md.

          dotnet run -c Release --project BeMore.Bench -- [scenario …] [--option value …]

        Scenarios (all but soak, where none is named):

          latency      one connection, one turn after the other      --turns 500
          throughput   many at once, one turn after the other each   --connections 100 --turns 20
          steady       turns begin at a rate, answers are paced      --rate 20 --seconds 30
          idle         sockets that only ping                        --sockets 5000 --seconds 30
          crowd        paced streams beside idle sockets             --streams 2000 --sockets 10000 --seconds 30
          history      the history query in a full table             --rows 5000000 --queries 20000
          soak         turns without pause, memory watched           --soak-turns 1000000 --connections 100
          start        from the start of the process to readiness    --times 5

        Answers:

          --events 12 --phrases 2     an answer of latency, throughput and soak: so many events of so many phrases, at once
          --paced-events 40 --paced-phrases 3 --gap 250
                                      an answer of steady and crowd: events this many ms apart
          --interval 50               the hub's STREAM_CHUNK_INTERVAL_MS in steady and crowd
          --ping 15                   seconds between pings of an idle socket, as the frontend's

        What is measured:

          --hub DIR                   a published hub; without it BeMore.Hub is published into a temporary folder
          --database URL              an empty database, which is filled, and whose CPU is not seen; without it a throw-away
                                      PostgreSQL is started
          --quick                     everything small: does it work? (the figures say nothing)
          --out FILE                  the table goes there too; docs/performance.md has marks that it is put between

        The exit code is 0 only if every answer was right and none was missing. Linux only.
        """;

    private static readonly string[] Names =
        ["turns", "connections", "rate", "seconds", "sockets", "streams", "rows", "queries", "soak-turns", "times", "events", "phrases", "paced-events", "paced-phrases", "gap", "interval", "ping", "hub", "database", "out"];

    private readonly Dictionary<string, string> _values = [];

    private Options(IReadOnlyList<string> scenarios, bool quick) => (Scenarios, IsQuick) = (scenarios, quick);

    /// <summary>As they were named; none: the usual ones.</summary>
    public IReadOnlyList<string> Scenarios { get; }

    public bool IsQuick { get; }

    /// <exception cref="BenchException">It cannot be read; says what.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options([.. Positional(arguments)], arguments.Contains("--quick"));
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is ['-', '-', .. var name] && name != "quick")
            {
                options._values[Names.Contains(name) ? name : throw new BenchException($"--{name} is no option: see --help.")] =
                    ++i < arguments.Count ? arguments[i] : throw new BenchException($"--{name} needs a value: see --help.");
            }
        }

        return options;
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <param name="usual">Where nobody said otherwise.</param>
    /// <param name="quick">The same, where it is only to be seen that it works.</param>
    /// <exception cref="BenchException">It is no number above 0.</exception>
    public int Number(string name, int usual, int quick) =>
        !_values.TryGetValue(name, out var text) ? (IsQuick ? quick : usual)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new BenchException($"--{name}={text}: it is to be a number above 0.");

    private static IEnumerable<string> Positional(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                yield return arguments[i];
            }
            else if (arguments[i] != "--quick")
            {
                i++;
            }
        }
    }
}
