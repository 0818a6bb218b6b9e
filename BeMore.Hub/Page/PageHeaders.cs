namespace BeMore.Page;

/// <summary>What a browser is told to do with the page, and not to do.</summary>
internal static class PageHeaders
{
    /// <summary>
    /// Nothing but what this address serves: no script or style in the page itself, nobody else's, no frame round it, and no text that
    /// becomes markup. <c>'self'</c> is also the WebSocket of the same address.
    /// </summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    public static void WriteTo(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Kept, and asked for every time whether it is still the same: the files are one version together.
        headers.CacheControl = "no-cache";
    }
}
