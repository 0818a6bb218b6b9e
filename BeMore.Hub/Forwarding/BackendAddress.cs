using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

internal static class BackendAddress
{
    private static readonly string[] Disguises = ["%2F", "%2f", "\\", "%5C", "%5c"];

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

    /// <summary>
    /// Dots climb up behind a slash in disguise: whoever reads <c>%2F</c>, <c>\</c> or <c>%5C</c> as one is led out of BACKEND_URL's path, or
    /// into what a proxy on the way meant to keep from everybody.
    /// </summary>
    public static bool HidesAClimb(HttpContext http) =>
        PathOf(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget).Split('/')
            .Select(segment => segment.Split(Disguises, StringSplitOptions.None))
            .Any(parts => parts.Length > 1 && parts.Any(part => Uri.UnescapeDataString(part) is ".."));

    /// <summary>It was routed by what its dots lead to, and so it is forwarded: they must not lead out of BACKEND_URL's path.</summary>
    private static bool ClimbsUp(string target) => PathOf(target).Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or "..");

    private static string PathOf(string target) => target.Split('?', 2)[0];
}
