using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace BeMore.Tests;

/// <summary>What a deployment is made from, as the programs read it that make it.</summary>
internal static class DeploymentFiles
{
    public static YamlNode Read(string file)
    {
        using var text = File.OpenText(RepositoryRoot.Combine(file));
        return new YamlNode(new DeserializerBuilder().Build().Deserialize(new MergingParser(new Parser(text))));
    }

    public static string Text(string file) => File.ReadAllText(RepositoryRoot.Combine(file));
}

/// <param name="Value">A map, a list, a text or nothing.</param>
internal sealed record YamlNode(object? Value)
{
    public YamlNode this[string key] => new((Value as Dictionary<object, object?>)?.GetValueOrDefault(key));

    public IReadOnlyList<string> Keys => [.. (Value as Dictionary<object, object?>)?.Keys.Cast<string>() ?? []];

    public IReadOnlyList<YamlNode> Items => [.. (Value as List<object?>)?.Select(item => new YamlNode(item)) ?? []];

    public bool Exists => Value is not null;

    public string? Word => Value as string;
}
