using BeMore.Access;
using BeMore.Configuration;
using BeMore.HttpApi;

namespace BeMore.StandIns;

internal static class StandInEndpoints
{
    /// <summary>
    /// The calls of another backend that the frontend makes on its way to a session and out of it, so that it can be tried against this program alone.
    /// In Development only: whoever calls may be anybody (protocol.md, section 7).
    /// </summary>
    public static void MapStandIns(this WebApplication app, Settings settings)
    {
        if (!settings.IsDevelopment)
        {
            return;
        }

        app.Logger.StandInsAnswer();
        var login = new StandInLogin(app.Services.GetRequiredService<AccessOptions>(), app.Services.GetRequiredService<TimeProvider>());
        // Anonymous: who has no token yet comes here to get one.
        var api = app.MapGroup("/api").RequireCors(AllowedPages.Policy).AllowAnonymous();
        api.MapPost("/auth/login", login.LoginAsync);
        api.MapPost("/auth/signup", StandInLogin.SignUpAsync);
        api.MapGet("/auth/me", login.MeAsync);
        api.MapPost("/auth/refresh", login.RefreshAsync);
        api.MapPost("/auth/logout", () => ApiReply.Success(new { }));
        api.MapGet("/dashboard/summary", () => ApiReply.Success(EmptyDashboard));
        // The browser keeps what is set; where nothing comes back, that stays as it is.
        api.MapGet("/user/preferences", () => ApiReply.Success(new { }));
        api.MapPut("/user/preferences", () => ApiReply.Success(new { }));
        // Asked for at the end of every session. It is not read: what somebody writes there would be kept by nobody.
        api.MapPost("/session/{id}/feedback", () => ApiReply.Success(new { }));
    }

    /// <summary>Nothing was measured, so nothing is said to have been: the page shows a dash where there is no number.</summary>
    private static readonly object EmptyDashboard = new
    {
        note = "A stand-in: no analysis stands behind this.",
        recommendations = Array.Empty<object>(),
        recentSessions = Array.Empty<object>(),
    };
}
