using System.Text;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace BeMore.Forwarding;

internal static class ForwardingRegistration
{
    public static IServiceCollection AddForwarding(this IServiceCollection services, ForwardingOptions options)
    {
        services.AddSingleton(options);
        // After everything else: ASPNETCORE_FORWARDEDHEADERS_ENABLED would have everybody believed.
        services.AddOptions<ForwardedHeadersOptions>().PostConfigure<ForwardingOptions>(Believe);
        // As the backend's bytes are read, so they are written: a file name in Korean is no reason to break off an answer.
        services.Configure<KestrelServerOptions>(kestrel => kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1);
        services.AddHttpForwarder();
        return services
            .AddSingleton<BackendForwarder>()
            .AddSingleton<BackendSessions>()
            .AddSingleton<OwnReply>();
    }

    private static void Believe(ForwardedHeadersOptions headers, ForwardingOptions options)
    {
        // Not X-Forwarded-Prefix: what no proxy sets, it passes on from whoever asks.
        headers.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        // However many of them stand in a row; the first that is not trusted is the client.
        headers.ForwardLimit = null;
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var proxy in options.TrustedProxies)
        {
            headers.KnownIPNetworks.Add(proxy);
        }
    }
}
