using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace BeMore.Tests;

/// <param name="Body">As it came.</param>
/// <param name="Headers">Of the answer and of its body, lower case.</param>
internal sealed record ApiAnswer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Data => JsonDocument.Parse(Body).RootElement.GetProperty("data");

    /// <summary>The word for programs of a failure.</summary>
    public string? Code => Status == HttpStatusCode.OK ? null : JsonDocument.Parse(Body).RootElement.GetProperty("error").GetProperty("code").GetString();

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>The frontend's HTTP calls.</summary>
internal static class ApiClient
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
    {
        Timeout = Pulse.Patience,
    };

    /// <param name="path">Under <c>/api/</c>.</param>
    /// <param name="body">Null: none, and no Content-Type.</param>
    /// <param name="origin">What a browser would send.</param>
    /// <param name="headers">More of them.</param>
    public static async Task<ApiAnswer> CallAsync(
        this BeMoreApplication app,
        string method,
        string path,
        TestToken? token = null,
        HttpContent? body = null,
        string? origin = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(app.Http, $"api/{path}")) { Content = body };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", $"{token}");
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).Should().BeTrue();
        }

        using var response = await Client.SendAsync(request);
        return new ApiAnswer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers)
                .ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value), StringComparer.Ordinal));
    }

    /// <summary>Starts a session and gives its id.</summary>
    public static async Task<string> StartSessionAsync(this BeMoreApplication app, TestToken? token = null)
    {
        var answer = await app.CallAsync("POST", "session/start", token);
        answer.Status.Should().Be(HttpStatusCode.OK, answer.Body);
        return answer.Data.GetProperty("sessionId").GetString()!;
    }
}
