using BeMore.RawSocket;
using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Counselling;

internal static class CounsellingRegistration
{
    /// <summary>Room for a frame of 64 KiB and what the adapter puts behind it.</summary>
    private const int MaxMessageBytes = RawSocketConnection.MaxFrameBytes + 1024;

    /// <summary>A SignalR client that was not heard for so long, not even its pings, is gone (protocol.md, section 1.2).</summary>
    public static readonly TimeSpan ClientTimeout = TimeSpan.FromSeconds(30);

    public static IServiceCollection AddCounselling(this IServiceCollection services, TurnOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<TurnRunner>();
        services.AddSingleton<TurnRegistry>();
        services
            .AddSignalR(hub => (hub.MaximumReceiveMessageSize, hub.ClientTimeoutInterval) = (MaxMessageBytes, ClientTimeout))
            .AddJsonProtocol(json =>
            {
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.RequestConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EmotionConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EnvelopeConverter());
            });
        return services;
    }

    /// <summary>After the WebSockets' own: the hub learns when a SignalR client was last heard.</summary>
    public static void UseHeardSockets(this WebApplication app, PathString hub)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use((http, next) =>
        {
            if (http.Request.Path.StartsWithSegments(hub, StringComparison.OrdinalIgnoreCase) && http.Features.Get<IHttpWebSocketFeature>() is { } opener)
            {
                http.Features.Set<IHttpWebSocketFeature>(new HeardSocket.Opener(opener, http.Features, time));
            }

            return next(http);
        });
    }
}
