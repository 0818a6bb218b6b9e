namespace BeMore.Access;

internal static class OriginCheck
{
    /// <summary>
    /// Refuses WebSocket handshakes from web pages that are not allowed: CORS does not cover them. A request without
    /// <c>Origin</c> is no browser's and is let through (protocol.md, section 6).
    /// </summary>
    public static IApplicationBuilder UseOriginCheck(this IApplicationBuilder app)
    {
        var allowed = app.ApplicationServices.GetRequiredService<AccessOptions>().AllowedOrigins.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return app.Use((context, next) =>
        {
            var origins = context.Request.Headers.Origin;
            if (context.WebSockets.IsWebSocketRequest && origins.Count > 0 && !(origins.Count == 1 && allowed.Contains(origins[0]!)))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            }

            return next(context);
        });
    }
}
