using BeMore.Page;

namespace BeMore.Access;

internal static class OriginCheck
{
    /// <summary>
    /// Refuses WebSocket handshakes from web pages that are not allowed: CORS does not cover them. A request without
    /// <c>Origin</c> is no browser's and is let through (protocol.md, section 6). The page that the hub serves itself is allowed
    /// wherever it was called from: to a browser it is of the same origin, and may make every other call already.
    /// </summary>
    public static IApplicationBuilder UseOriginCheck(this IApplicationBuilder app, PageOptions page)
    {
        var allowed = app.ApplicationServices.GetRequiredService<AccessOptions>().AllowedOrigins.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return app.Use((context, next) =>
        {
            var origins = context.Request.Headers.Origin;
            if (context.WebSockets.IsWebSocketRequest && origins.Count > 0 && !(origins.Count == 1 && IsAllowed(origins[0]!, context.Request.Host.Value)))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            }

            return next(context);
        });

        bool IsAllowed(string origin, string? host) => allowed.Contains(origin) || (page.IsServed && IsOf(host, origin));
    }

    // By name and port, as browsers write both. Not by scheme: a proxy that ends TLS need not have said so.
    private static bool IsOf(string? host, string origin) =>
        origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase) || origin.Equals($"https://{host}", StringComparison.OrdinalIgnoreCase);
}
