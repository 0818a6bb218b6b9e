using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BeMore.RawSocket;

internal static class RawSocketRegistration
{
    /// <summary>The frontend's door: SignalR learns its protocol, and sockets have a handshake.</summary>
    public static IServiceCollection AddRawSocket(this IServiceCollection services)
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHubProtocol, EnvelopeProtocol>());
        return services.AddSingleton<Handshake>();
    }
}
