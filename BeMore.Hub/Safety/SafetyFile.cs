using System.Text.Json;
using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>A JSON file that comes with the program, or the deployment's own in its place.</summary>
/// <param name="Setting">What names the deployment's own.</param>
/// <param name="Name">Its path, or the name of the one that comes with the program.</param>
/// <param name="Content">As it was written: nothing but the shape has been looked at.</param>
internal sealed record SafetyFile<T>(string Setting, string Name, T Content)
{
    /// <param name="settings">May name another file.</param>
    /// <param name="setting">Under this name.</param>
    /// <param name="embedded">The file in this folder.</param>
    /// <param name="shape">What is in it, for whoever wrote one of another shape.</param>
    public static SafetyFile<T> Read(Settings settings, string setting, string embedded, string shape)
    {
        var own = settings.Text(setting);
        var name = own ?? embedded;
        try
        {
            using var json = own is null ? typeof(SafetyFile<>).Assembly.GetManifestResourceStream($"BeMore.Safety.{embedded}")! : File.OpenRead(own);
            return JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web) is { } content
                ? new SafetyFile<T>(setting, name, content)
                : throw new JsonException();
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" (it is not in line {line + 1})" : "";
            throw Settings.Wrong(setting, name, $"JSON of the shape of BeMore.Hub/Safety/{embedded}{where}: {shape}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Settings.Wrong(setting, name, "a file that can be read");
        }
    }

    public ConfigurationException Wrong(string right) => Settings.Wrong(Setting, Name, right);
}
