using System.Text;

namespace BeMore.Safety;

/// <summary>The command <c>safety-learn PHRASES FILE</c>: what <see cref="LikenessLearner"/> learns from labelled phrases (docs/safety.md).</summary>
internal static class LearnCommand
{
    /// <summary>EX_CANTCREAT of sysexits.h.</summary>
    private const int CannotWrite = 73;

    /// <param name="phrases">The file of labelled phrases.</param>
    /// <param name="output">The file to be written.</param>
    /// <param name="errors">Takes the sentence that says what is wrong.</param>
    /// <returns>The process's exit code.</returns>
    public static int Run(string phrases, string output, TextWriter errors)
    {
        if (LabelledPhrase.ReadFile(phrases, errors, out var exitCode) is not { } read)
        {
            return exitCode;
        }

        try
        {
            using var file = new StreamWriter(output, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            LikenessLearner.Learn(read, file);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.WriteLine($"{output} cannot be written.");
            return CannotWrite;
        }
    }
}
