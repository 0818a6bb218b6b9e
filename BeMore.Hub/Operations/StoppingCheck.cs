namespace BeMore.Operations;

internal static class StoppingCheck
{
    /// <summary>
    /// While the process ends nobody new connects to the hub. Raw sockets are refused at their own handshake; calls of a connection that
    /// is there, which name it, are let through.
    /// </summary>
    public static void UseStoppingCheck(this WebApplication app, PathString hub) => app.Use((http, next) =>
    {
        if (!app.Lifetime.ApplicationStopping.IsCancellationRequested
            || !http.Request.Path.StartsWithSegments(hub, StringComparison.OrdinalIgnoreCase)
            || http.Request.Query.ContainsKey("id"))
        {
            return next(http);
        }

        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    });
}
