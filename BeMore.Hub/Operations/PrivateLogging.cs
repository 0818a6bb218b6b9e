namespace BeMore.Operations;

internal static class PrivateLogging
{
    // What these categories write below the level is what somebody confided, or a token: SignalR prints arguments at Debug, the web
    // server prints query strings at Information, and YARP, whose failures the hub logs itself, quotes the backend's answer in its warnings.
    private static readonly (string Category, LogLevel Least)[] Pinned =
    [
        ("Microsoft.AspNetCore.SignalR", LogLevel.Information),
        ("Microsoft.AspNetCore.Http.Connections", LogLevel.Information),
        ("Microsoft.AspNetCore.Authentication", LogLevel.Warning),
        ("Microsoft.AspNetCore.Hosting", LogLevel.Warning),
        ("Microsoft.AspNetCore.Routing", LogLevel.Information),
        ("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information),
        ("System.Net.Http", LogLevel.Information),
        ("Yarp", LogLevel.None),
    ];

    /// <summary>Holds those categories back in code: no configuration, however specific, turns them on.</summary>
    public static IServiceCollection AddPrivateLogging(this IServiceCollection services) =>
        services.PostConfigure<LoggerFilterOptions>(options =>
        {
            // For each provider and category one rule is chosen, the most specific: so the pin goes into every rule, and there is always one.
            var rules = options.Rules.ToArray();
            options.Rules.Clear();
            foreach (var rule in rules)
            {
                options.Rules.Add(new LoggerFilterRule(rule.ProviderName, rule.CategoryName, rule.LogLevel, (provider, category, level) =>
                    IsAllowed(category, level) && rule.Filter?.Invoke(provider, category, level) != false));
            }

            if (!Array.Exists(rules, r => r.CategoryName is null && r.ProviderName is null))
            {
                options.Rules.Insert(0, new LoggerFilterRule(null, null, options.MinLevel, (_, category, level) => IsAllowed(category, level)));
            }
        });

    private static bool IsAllowed(string? category, LogLevel level) =>
        !Array.Exists(Pinned, p => level < p.Least && category?.StartsWith(p.Category, StringComparison.Ordinal) == true);
}
