using System.Globalization;

namespace BeMore.Bench.Measuring;

/// <summary>What the hub tells Prometheus.</summary>
internal static class Scraped
{
    /// <summary>The sums of what has these names, whatever the labels; 0 where there is none.</summary>
    public static async Task<IReadOnlyList<double>> ReadAsync(HttpClient http, HubProcess hub, params string[] names)
    {
        var sums = new double[names.Length];
        foreach (var line in (await http.GetStringAsync(new Uri($"http://127.0.0.1:{hub.MetricsPort}/metrics"))).Split('\n'))
        {
            // name{label="value"} number
            var at = Array.IndexOf(names, line.Split('{', ' ')[0]);
            if (at >= 0)
            {
                sums[at] += double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
            }
        }

        return sums;
    }
}
