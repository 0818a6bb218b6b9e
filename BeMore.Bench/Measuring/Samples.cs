namespace BeMore.Bench.Measuring;

/// <summary>Measured values, all of them kept: percentiles are exact.</summary>
internal sealed class Samples
{
    private readonly Lock _lock = new();
    private readonly List<float> _values = [];
    private bool _sorted;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _values.Count;
            }
        }
    }

    public void Add(double value)
    {
        lock (_lock)
        {
            _values.Add((float)value);
            _sorted = false;
        }
    }

    /// <summary>The smallest value that so many percent are not above; 0 of none.</summary>
    public double Percentile(double percent)
    {
        lock (_lock)
        {
            if (!_sorted)
            {
                _values.Sort();
                _sorted = true;
            }

            return _values.Count == 0 ? 0 : _values[Math.Clamp((int)Math.Ceiling(_values.Count * percent / 100) - 1, 0, _values.Count - 1)];
        }
    }
}
