using System.Diagnostics;
using System.Globalization;
using BeMore.Bench.Measuring;

namespace BeMore.Bench.Model;

/// <summary>What the fake did since it was last asked.</summary>
/// <param name="Answered">Answers that it gave to their end.</param>
/// <param name="Refused">Requests that were none of the load's.</param>
/// <param name="LateP50">ms that an event left after it was due, of those that had to wait: the instrument's own share of every lateness.</param>
/// <param name="LateP99">The same.</param>
internal sealed record FakeFigures(int Answered, int Refused, double LateP50, double LateP99);

/// <summary>The process of the <see cref="FakeGeminiServer"/>. It ends with this one, however that ends: it reads from a pipe.</summary>
internal sealed class FakeGemini : IAsyncDisposable
{
    private readonly Process _process;

    private FakeGemini(Process process, int port) => (_process, Port, Cpu) = (process, port, new ProcessCpu(process.Id));

    public int Port { get; }

    public ProcessCpu Cpu { get; }

    public static async Task<FakeGemini> StartAsync()
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(FakeGemini).Assembly.Location, FakeGeminiServer.Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return int.TryParse(await process.StandardOutput.ReadLineAsync(), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new FakeGemini(process, port)
            : throw new InvalidOperationException("The fake Gemini did not start.");
    }

    public async Task<FakeFigures> TakeFiguresAsync()
    {
        await _process.StandardInput.WriteLineAsync("figures");
        var numbers = (await _process.StandardOutput.ReadLineAsync())!.Split(' ');
        return new FakeFigures(Whole(numbers[0]), Whole(numbers[1]), Real(numbers[2]), Real(numbers[3]));
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
