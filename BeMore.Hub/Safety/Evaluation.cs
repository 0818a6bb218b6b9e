using System.Text;

namespace BeMore.Safety;

/// <summary>The command <c>safety-eval FILE</c>: how well the rules do on phrases whose level somebody has labelled (docs/safety.md).</summary>
internal static class Evaluation
{
    /// <param name="detector">With the rules that are to be judged.</param>
    /// <param name="file">Lines of a label, a tab and a phrase; blank ones and those that begin with # are skipped.</param>
    /// <param name="output">Takes the findings and the figures.</param>
    /// <param name="errors">Takes the sentence that says what is wrong.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(RiskDetector detector, string file, Stream output, TextWriter errors)
    {
        if (LabelledPhrase.ReadFile(file, errors, out var exitCode) is not { } phrases)
        {
            return exitCode;
        }

        var figures = new EvaluationFigures();
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        foreach (var (label, phrase) in phrases)
        {
            var found = detector.Assess(phrase).Level;
            figures.Add(label, found);
            writer.WriteLine($"{LabelledPhrase.Name(label)}\t{LabelledPhrase.Name(found)}\t{phrase}");
        }

        figures.Write(writer);
        return 0;
    }
}
