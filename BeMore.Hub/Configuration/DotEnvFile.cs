using dotenv.net;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace BeMore.Configuration;

internal static class DotEnvFile
{
    /// <summary>
    /// Reads <c>.env</c> in the working directory. It stands above <c>appsettings.json</c> and below the environment,
    /// so that it never overrides a variable that is set; the process's own environment stays as it was.
    /// </summary>
    public static void AddDotEnvFile(this IConfigurationBuilder configuration)
    {
        var values = DotEnv.Fluent()
            .WithEnvFiles(Path.Combine(Directory.GetCurrentDirectory(), ".env"))
            .WithoutExceptions()
            .Read();
        var source = new MemoryConfigurationSource
        {
            InitialData = values.Select(v => KeyValuePair.Create(v.Key.Replace("__", ":", StringComparison.Ordinal), (string?)v.Value)),
        };

        var environment = configuration.Sources
            .Select((s, i) => (Source: s as EnvironmentVariablesConfigurationSource, Index: i))
            .LastOrDefault(s => s.Source is { } e && string.IsNullOrEmpty(e.Prefix));
        if (environment.Source is null)
        {
            configuration.Sources.Add(source);
        }
        else
        {
            configuration.Sources.Insert(environment.Index, source);
        }
    }
}
