using BeMore.Configuration;

namespace BeMore.Safety;

/// <summary>Whom the operator wants to be told of somebody in immediate danger; off by default.</summary>
/// <param name="Url"><c>SAFETY_WEBHOOK_URL</c>; null: nobody.</param>
/// <param name="Secret"><c>SAFETY_WEBHOOK_SECRET</c>: what the calls are signed with.</param>
internal sealed record RiskWebhookOptions(Uri? Url, string Secret)
{
    private const int LeastSecretLength = 16;

    public static RiskWebhookOptions Read(Settings settings)
    {
        var url = settings.HttpUrl("SAFETY_WEBHOOK_URL");
        var secret = settings.Text("SAFETY_WEBHOOK_SECRET") ?? "";
        return url is null || secret.Length >= LeastSecretLength
            ? new RiskWebhookOptions(url, secret)
            : throw Settings.Wrong("SAFETY_WEBHOOK_SECRET", Settings.Mask(secret), $"{LeastSecretLength} characters or more: the calls to SAFETY_WEBHOOK_URL are signed with it");
    }
}
