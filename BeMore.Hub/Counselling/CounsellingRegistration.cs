using BeMore.RawSocket;

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
        services
            .AddSignalR(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes)
            .AddJsonProtocol(json =>
            {
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.RequestConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EmotionConverter());
                json.PayloadSerializerOptions.Converters.Add(new CounsellingJson.EnvelopeConverter());
            });
        return services;
    }
}
