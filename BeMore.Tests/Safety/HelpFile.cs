using System.Text.Json.Nodes;

namespace BeMore.Tests;

/// <summary>A deployment's own file of help lines or texts, on disk until the test is over.</summary>
internal sealed class HelpFile : IDisposable
{
    private HelpFile(string content) => File.WriteAllText(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"bemore-help-{Guid.NewGuid():N}.json");

    public static HelpFile Of(string content) => new(content);

    /// <summary>The lines that come with the program, changed.</summary>
    public static HelpFile OfLines(Action<JsonArray> change)
    {
        var lines = BuiltInLines();
        change(lines);
        return Of(new JsonObject { ["lines"] = lines }.ToJsonString());
    }

    public static JsonArray BuiltInLines() =>
        JsonNode.Parse(File.ReadAllText(RepositoryRoot.Combine("BeMore.Hub", "Safety", "help-lines.json")))!["lines"]!.DeepClone().AsArray();

    public void Dispose() => File.Delete(Path);
}

internal static class HelpFileLines
{
    public static JsonNode Line(this JsonArray lines, string id) => lines.Single(line => line!["id"]!.GetValue<string>() == id)!;
}
