namespace BeMore.Bench.Measuring;

/// <summary>The processor time of everybody from one moment to another.</summary>
internal sealed class CpuWatch
{
    private readonly Stand _stand;
    private readonly HubProcess _hub;
    private readonly long _begun = Clock.Microseconds;
    private readonly TimeSpan _hubThen;
    private readonly TimeSpan _geminiThen;
    private readonly TimeSpan _selfThen;
    private readonly TimeSpan _machineThen;
    private readonly IReadOnlyDictionary<int, TimeSpan> _postgresThen;

    private CpuWatch(Stand stand, HubProcess hub)
    {
        (_stand, _hub) = (stand, hub);
        (_hubThen, _geminiThen, _selfThen, _machineThen) = (hub.Cpu.Used, stand.Gemini.Cpu.Used, Self, Machine.Used);
        _postgresThen = stand.Postgres.Read();
    }

    private static TimeSpan Self => new ProcessCpu(Environment.ProcessId).Used;

    public static CpuWatch Begin(Stand stand, HubProcess hub) => new(stand, hub);

    public CpuFigures End()
    {
        var elapsed = Clock.MillisecondsSince(_begun);
        var (hub, postgres, load) = (_hub.Cpu.Used - _hubThen, _stand.Postgres.Since(_postgresThen), _stand.Gemini.Cpu.Used - _geminiThen + Self - _selfThen);
        var strangers = Machine.Used - _machineThen - hub - postgres - load;
        return new CpuFigures(elapsed, hub.TotalMilliseconds, postgres.TotalMilliseconds, load.TotalMilliseconds, Math.Max(0, strangers.TotalMilliseconds));
    }
}

/// <summary>ms of processor time, in so many ms.</summary>
/// <param name="Load">The fake Gemini's and this process's.</param>
/// <param name="Strangers">What is nobody's of these: a busy machine makes figures that say little. PostgreSQL's, where it is not our own.</param>
internal sealed record CpuFigures(double Elapsed, double Hub, double Postgres, double Load, double Strangers)
{
    public double Seconds => Elapsed / 1000;

    /// <summary>Who used how many of the processors.</summary>
    public FormattableString Cores => $"{Hub / Elapsed:0.00} / {Postgres / Elapsed:0.00} / {Load / Elapsed:0.00} / {Strangers / Elapsed:0.00}";
}
