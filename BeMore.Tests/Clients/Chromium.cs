using Microsoft.Playwright;

namespace BeMore.Tests;

/// <summary>A real browser, the system's own; one for all tests of the page, which each have a profile of their own in it.</summary>
internal static class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // It ends with the process: Playwright's driver hangs on a pipe, and the browser on the driver.
    private static readonly Lazy<Task<IBrowser>> OfThisProcess = new(StartAsync);

    public static Task<IBrowser> Shared => OfThisProcess.Value;

    /// <exception cref="InvalidOperationException">It is not installed; says how it is.</exception>
    private static async Task<IBrowser> StartAsync()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var program = Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("The tests of the page need Chromium and a Korean font: apt-get install chromium fonts-nanum");
        Assertions.SetDefaultExpectTimeout((float)Pulse.Patience.TotalMilliseconds * 2);
        var playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = program,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }
}
