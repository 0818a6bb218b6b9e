using System.Diagnostics;
using System.Net;
using System.Text;
using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

internal static class BackendConnections
{
    /// <summary>Connections that add nothing of their own to what passes.</summary>
    public static HttpMessageInvoker Create(ForwardingOptions options) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        // As Kestrel reads them.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ConnectTimeout = options.ConnectTimeout,
        // Node and uvicorn close what was idle for 5 s. A login that is sent at that very moment would be lost: it cannot be sent twice.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(3),
        // Follows DNS.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        EnableMultipleHttp2Connections = true,
        // Over HTTP/2 all calls share a connection: one that is dead must not take them all with it.
        KeepAlivePingDelay = TimeSpan.FromSeconds(15),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(8),
    });
}
