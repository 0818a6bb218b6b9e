using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace BeMore.Forwarding;

/// <summary>A request as it came, but for its Host and for who is said to have sent it.</summary>
internal sealed class ForwardedRequest(CallDeadline call, BackendSessions sessions) : HttpTransformer
{
    /// <summary>Names every hub that a request has passed.</summary>
    private const string Passed = "BeMore-Hub";

    private static readonly string ThisHub = Guid.NewGuid().ToString("N");

    public static bool HasPassedHere(HttpRequest request) => request.Headers[Passed].Contains(ThisHub);

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var request = httpContext.Request;
        var headers = proxyRequest.Headers;
        foreach (var (name, _) in request.Headers)
        {
            if (TellsOfTheWay(name))
            {
                headers.Remove(name);
            }
        }

        // The backend may be one of many behind its address, told apart by Host.
        headers.Host = null;
        // Set and not appended to: from what is true, or was said by somebody who is trusted.
        Set("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
        Set("X-Forwarded-Proto", request.Scheme);
        Set("X-Forwarded-Host", request.Host.Value);
        headers.TryAddWithoutValidation(Passed, ThisHub);
        proxyRequest.RequestUri = BackendAddress.Of(httpContext, destinationPrefix);

        void Set(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return false;
        }

        call.Lift();
        if (proxyResponse.IsSuccessStatusCode)
        {
            await sessions.NoteAsync(httpContext.Request);
        }

        var goesOn = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse.StatusCode != HttpStatusCode.SwitchingProtocols && proxyResponse.Content.Headers.ContentLength is null)
        {
            // Of a stream the head leaves at once: whoever opened it waits for that, and the first event may be long in coming.
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        return goesOn;
    }

    /// <summary>Also as CGI and WSGI spell it: to them <c>_</c> and <c>-</c> in a name are the same.</summary>
    private static bool TellsOfTheWay(string header)
    {
        var name = header.Replace('_', '-');
        return name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase);
    }
}
