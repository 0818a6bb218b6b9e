namespace BeMore.Tests;

/// <summary>Where the sources are, found by walking up: a path compiled in would be the path of the machine that compiled.</summary>
internal static class RepositoryRoot
{
    private static readonly Lazy<string> Root = new(Find);

    public static string Combine(params string[] parts) => Path.Combine([Root.Value, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "BeMore.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No BeMore.sln above {AppContext.BaseDirectory}: the tests run from their build folder.");
    }
}
