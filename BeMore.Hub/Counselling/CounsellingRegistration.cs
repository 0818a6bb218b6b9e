using BeMore.RawSocket;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeMore.Counselling;

internal static class CounsellingRegistration
{
    /// <summary>Room for a frame of 64 KiB and what the adapter puts behind it.</summary>
    private const int MaxMessageBytes = RawSocketConnection.MaxFrameBytes + 1024;

    public static IServiceCollection AddCounselling(this IServiceCollection services, TurnOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<TurnRunner>();
        services.AddSingleton<TurnRegistry>();
        services.AddSingleton<Handshake>();
        services
            .AddSignalR(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes)
            .AddJsonProtocol(json =>
            {
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.RequestConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EmotionConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EnvelopeConverter());
            });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHubProtocol, EnvelopeProtocol>());
        return services;
    }
}
