using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

internal static class BackendAddress
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>
    /// Behind <paramref name="backend"/>, in the very letters in which it came: decoded and encoded again, <c>%2541</c> would become
    /// <c>A</c>, and a signature over the address would be void.
    /// </summary>
    public static Uri Of(HttpContext http, string backend)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.StartsWith('/') && !ClimbsUp(target)
            ? new Uri(backend + target, AsItIs)
            : RequestUtilities.MakeDestinationAddress(backend, http.Request.Path, http.Request.QueryString);
    }

    /// <summary>It was routed by what its dots lead to, and so it is forwarded: they must not lead out of BACKEND_URL's path.</summary>
    private static bool ClimbsUp(string target)
    {
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return (query < 0 ? target : target[..query]).Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or "..");
    }
}
