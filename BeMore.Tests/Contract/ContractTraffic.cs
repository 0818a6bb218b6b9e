using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace BeMore.Tests;

/// <summary>What hubs were asked and heard to say, to be held to the contract's documents.</summary>
internal sealed class ContractTraffic
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = Pulse.Patience,
    };

    private readonly ConcurrentQueue<object> _calls = new();
    private readonly ConcurrentQueue<object> _frames = new();

    /// <param name="http">The hub's address.</param>
    /// <param name="path">As the document writes it.</param>
    /// <param name="id">What stands in the place of the path's parameter.</param>
    /// <param name="query">With its question mark.</param>
    /// <param name="body">JSON; null: none.</param>
    public async Task<ApiAnswer> CallAsync(
        Uri http,
        string method,
        string path,
        string id = "",
        string query = "",
        TestToken? token = null,
        string? body = null,
        params (string Name, string Value)[] headers)
    {
        var target = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{sessionId}", id, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(http, target + query));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", $"{token}");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).Should().BeTrue();
        }

        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var status = (int)response.StatusCode;
        // What follows a 101 is no body.
        var text = status == 101 ? "" : await response.Content.ReadAsStringAsync();
        var said = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value));
        _calls.Enqueue(new { method, path, status, headers = said, body = text, requestBody = body });
        return new ApiAnswer(response.StatusCode, text, said);
    }

    /// <summary>A WebSocket handshake.</summary>
    /// <returns>Its status.</returns>
    public async Task<int> ShakeHandsAsync(
        Uri http, string path, string id, TestToken? token = null, string query = "", params (string Name, string Value)[] headers) =>
        (int)(await CallAsync(http, "GET", path, id, query, token, null,
        [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", Convert.ToBase64String(Guid.NewGuid().ToByteArray())), .. headers,
        ])).Status;

    /// <summary>A message that a client sent, which is to be one that the document knows.</summary>
    public void Said(string channel, string text) => Keep(channel, "receive", text);

    /// <summary>A message that a hub sent.</summary>
    public void Heard(string channel, string text) => Keep(channel, "send", text);

    /// <summary>
    /// All that was seen is in the documents, with the shapes that they give it, and all that the documents promise was seen: what
    /// begins so, but for what is said not to have been.
    /// </summary>
    /// <param name="promises">Beginnings: <c>GET /</c>, <c>session </c>.</param>
    /// <param name="unseen">What no test can see, each with the reason in a comment.</param>
    public async Task ShouldBeAsPromisedAsync(string[] promises, params string[] unseen)
    {
        var verdict = await ContractFiles.CheckAsync(new { calls = _calls, frames = _frames });

        verdict.Problems.Should().BeEmpty();
        verdict.Unseen.Where(what => promises.Any(promise => what.StartsWith(promise, StringComparison.Ordinal))).Should().BeEquivalentTo(unseen);
    }

    private void Keep(string channel, string action, string text) => _frames.Enqueue(new { channel, action, text });
}
