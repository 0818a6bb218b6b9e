using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace BeMore.Tests;

/// <summary>A request as the backend saw it.</summary>
/// <param name="Target">Path and query in the letters in which they came.</param>
/// <param name="Headers">Several of one name are joined as they would be in one line.</param>
public sealed record BackendRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Over; true if it was broken off from the other side.</summary>
    public Task<bool> Ended => _ended.Task;

    public static BackendRequest Of(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        return new BackendRequest(
            http.Request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
    }

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    internal void End(bool brokenOff) => _ended.TrySetResult(brokenOff);
}
