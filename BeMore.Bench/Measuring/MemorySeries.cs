namespace BeMore.Bench.Measuring;

/// <summary>One kind of memory while something is counted: turns, or sockets.</summary>
internal sealed class MemorySeries
{
    private readonly List<(double Count, double Bytes)> _samples = [];

    /// <summary>MiB when a third was over: until then the hub fills what it keeps on purpose, and the collector's reserve.</summary>
    public double AfterWarmUp => Later.FirstOrDefault().Bytes / (1 << 20);

    public double Last => _samples.LastOrDefault().Bytes / (1 << 20);

    private IEnumerable<(double Count, double Bytes)> Later => _samples.Where(sample => sample.Count >= _samples[^1].Count / 3);

    public void Add(double count, double bytes) => _samples.Add((count, bytes));

    /// <summary>The slope of the straight line through all samples behind the first third, by least squares.</summary>
    public double BytesOfOne()
    {
        var later = Later.ToList();
        if (later.Count < 2)
        {
            return 0;
        }

        var (meanCount, meanBytes) = (later.Average(s => s.Count), later.Average(s => s.Bytes));
        var spread = later.Sum(s => (s.Count - meanCount) * (s.Count - meanCount));
        return spread == 0 ? 0 : later.Sum(s => (s.Count - meanCount) * (s.Bytes - meanBytes)) / spread;
    }
}
