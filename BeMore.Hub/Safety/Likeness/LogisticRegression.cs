namespace BeMore.Safety;

/// <summary>
/// Finds weights that tell examples of two kinds apart: logistic regression with a penalty on large weights, by coordinate descent on the
/// dual problem (H.-F. Yu, F.-L. Huang, C.-J. Lin: Dual coordinate descent methods for logistic regression and maximum entropy models, 2011).
/// Gives the same every time.
/// </summary>
internal static class LogisticRegression
{
    private const int MostRounds = 100, MostSteps = 20;

    /// <summary>Ends when no example moved more than this.</summary>
    private const double Still = 1e-4;

    /// <param name="examples">Of each, its features, each with its value.</param>
    /// <param name="isPositive">Its kind.</param>
    /// <param name="features">How many features there are.</param>
    /// <param name="trust">How much one example may move the weights: large follows the examples, small stays near 0.</param>
    /// <returns>A weight for each feature, and behind them the bias.</returns>
    public static double[] Learn((int Feature, double Value)[][] examples, bool[] isPositive, int features, double trust)
    {
        // The bias is a feature that all examples have with the value 1.
        var squaredLengths = examples.Select(example => 1 + example.Sum(feature => feature.Value * feature.Value)).ToArray();
        var weights = new double[features + 1];
        var near = new double[examples.Length];
        for (var i = 0; i < examples.Length; i++)
        {
            near[i] = Math.Min(0.001 * trust, 1e-8);
            Add(examples[i], isPositive[i] ? near[i] : -near[i], weights);
        }

        var order = Enumerable.Range(0, examples.Length).ToArray();
        // Of a seed: .NET keeps its numbers the same from version to version.
        var random = new Random(1);
        for (var (round, moved) = (0, double.MaxValue); round < MostRounds && moved > Still * trust; round++)
        {
            random.Shuffle(order);
            moved = 0;
            foreach (var i in order)
            {
                var sign = isPositive[i] ? 1 : -1;
                var margin = sign * Dot(examples[i], weights);
                var before = near[i];
                near[i] = Minimise(before, margin, squaredLengths[i], trust);
                moved = Math.Max(moved, Math.Abs(near[i] - before));
                Add(examples[i], sign * (near[i] - before), weights);
            }
        }

        return weights;
    }

    /// <summary>The value of an example's dual variable, between 0 and <paramref name="trust"/>, that is best while all others stay.</summary>
    private static double Minimise(double start, double margin, double squaredLength, double trust)
    {
        // The derivative rises from minus to plus infinity: Newton's steps, and half the way to an edge where one would leap over it.
        var value = start;
        for (var step = 0; step < MostSteps; step++)
        {
            var slope = (squaredLength * (value - start)) + margin + Math.Log(value / (trust - value));
            if (Math.Abs(slope) < 1e-9)
            {
                break;
            }

            var next = value - (slope / (squaredLength + (trust / (value * (trust - value)))));
            value = next <= 0 ? value / 2 : next >= trust ? (value + trust) / 2 : next;
        }

        return Math.Clamp(value, 1e-12, trust - 1e-12);
    }

    private static double Dot((int Feature, double Value)[] example, double[] weights)
    {
        var sum = weights[^1];
        foreach (var (feature, value) in example)
        {
            sum += weights[feature] * value;
        }

        return sum;
    }

    private static void Add((int Feature, double Value)[] example, double step, double[] weights)
    {
        weights[^1] += step;
        foreach (var (feature, value) in example)
        {
            weights[feature] += step * value;
        }
    }
}
