using BeMore.Configuration;

namespace BeMore.Safety;

internal static class SafetyRegistration
{
    public static IServiceCollection AddSafety(this IServiceCollection services, Settings settings)
    {
        var lines = HelpLines.Read(settings);
        return services
            .AddSingleton(RiskDetector.Read(settings))
            .AddSingleton(lines)
            .AddSingleton(HelpTexts.Read(settings, lines))
            .AddSingleton(RiskWebhookOptions.Read(settings))
            .AddSingleton<SessionRisk>()
            .AddSingleton<SafetyPrompt>()
            .AddSingleton<SafetyFloor>()
            .AddSingleton<RiskAlarmSender>()
            .AddSingleton<RiskAlarmMeter>()
            .AddSingleton<RiskWebhook>()
            .AddHostedService(provider => provider.GetRequiredService<RiskWebhook>());
    }
}
