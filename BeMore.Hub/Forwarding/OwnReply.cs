using BeMore.Access;
using BeMore.HttpApi;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace BeMore.Forwarding;

/// <summary>
/// What the hub says where the backend does not: readable by our pages, whatever origin they have. What the backend does say has
/// the backend's CORS headers and no others.
/// </summary>
internal sealed class OwnReply(ICorsService cors, ICorsPolicyProvider policies)
{
    public async Task WriteAsync(HttpContext http, ApiError error)
    {
        http.Response.Clear();
        if (http.Request.Headers.Origin.Count > 0)
        {
            var policy = await policies.GetPolicyAsync(http, AllowedPages.Policy);
            var result = cors.EvaluatePolicy(http, policy!);
            // For this once: when the backend is back, it is asked itself.
            result.PreflightMaxAge = null;
            cors.ApplyResult(result, http.Response);
            if (result.IsPreflightRequest)
            {
                // The browser goes on to the call itself, whose error its page can read.
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
        }

        await ApiReply.WriteAsync(http, error);
    }
}
