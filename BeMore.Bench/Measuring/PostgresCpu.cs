namespace BeMore.Bench.Measuring;

/// <summary>The processor time of a PostgreSQL server: of its main process and those that it has, one a connection.</summary>
/// <param name="mainProcess">0: not of this machine, or not known.</param>
internal sealed class PostgresCpu(int mainProcess)
{
    public IReadOnlyDictionary<int, TimeSpan> Read() =>
        mainProcess == 0 ? new Dictionary<int, TimeSpan>() : Processes().ToDictionary(id => id, id => new ProcessCpu(id).Used);

    /// <summary>Since then. What a process used that has ended in between is not seen.</summary>
    public TimeSpan Since(IReadOnlyDictionary<int, TimeSpan> then) =>
        Read().Aggregate(TimeSpan.Zero, (sum, now) => sum + now.Value - then.GetValueOrDefault(now.Key));

    private IEnumerable<int> Processes() =>
        File.ReadAllText($"/proc/{mainProcess}/task/{mainProcess}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, System.Globalization.CultureInfo.InvariantCulture))
            .Append(mainProcess);
}
