using BeMore.Configuration;

namespace BeMore.Safety;

internal static class SafetyRegistration
{
    public static IServiceCollection AddSafety(this IServiceCollection services, Settings settings) => services
        .AddSingleton(RiskDetector.Read(settings))
        .AddSingleton(HelpLines.Read(settings))
        .AddSingleton(RiskWebhookOptions.Read(settings))
        .AddSingleton<SessionRisk>()
        .AddSingleton<HelpTexts>()
        .AddSingleton<SafetyPrompt>()
        .AddSingleton<SafetyFloor>()
        .AddSingleton<RiskAlarmSender>()
        .AddSingleton<RiskAlarmMeter>()
        .AddSingleton<RiskWebhook>()
        .AddHostedService(provider => provider.GetRequiredService<RiskWebhook>());
}
