using BeMore.HttpApi;
using BeMore.Sessions;
using Microsoft.AspNetCore.Mvc;

namespace BeMore.Forwarding;

internal static class ForwardingEndpoint
{
    /// <summary>Everything that no other endpoint answers goes to the backend, but for what could only have been the hub's own, or hides where it leads.</summary>
    public static void MapForwarding(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<ForwardingOptions>();
        var backend = app.Services.GetRequiredService<BackendForwarder>();
        var ownReply = app.Services.GetRequiredService<OwnReply>();
        app.Map("/{**path}", http => OwnPaths.Contain(http.Request.Path) || BackendAddress.HidesAClimb(http)
                ? ownReply.WriteAsync(http, ApiError.NotFound)
                : backend.ForwardAsync(http))
            // How large an upload may be is the backend's business.
            .WithMetadata(new DisableRequestSizeLimitAttribute());

        app.Logger.ForwardingTo(options.Backend!);
        if (!app.Services.GetRequiredService<SessionPolicy>().CreateUnknown)
        {
            app.Logger.BackendsSessionsAreRefused();
        }
    }
}
