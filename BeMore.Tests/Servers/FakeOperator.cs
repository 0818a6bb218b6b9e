using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>Who is told of somebody in immediate danger: the operator's own service, which keeps each call and answers as a test wants it to.</summary>
internal sealed class FakeOperator : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentQueue<OperatorCall> _calls = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private readonly ConcurrentDictionary<string, Task> _gates = new();
    private readonly Pulse _called = new();

    private FakeOperator(WebApplication server, string url)
    {
        (_server, Url) = (server, url);
        server.MapPost("/alarm", AnswerAsync);
    }

    public string Url { get; }

    /// <summary>What a hub needs that is to call it.</summary>
    public Dictionary<string, string?> Settings => SettingsFor(Url);

    /// <summary>Each try, as it came.</summary>
    public IReadOnlyList<OperatorCall> Calls => [.. _calls];

    public const string Secret = "a secret of more than sixteen";

    public static Dictionary<string, string?> SettingsFor(string url) =>
        new() { ["SAFETY_WEBHOOK_URL"] = url, ["SAFETY_WEBHOOK_SECRET"] = Secret };

    public static async Task<FakeOperator> StartAsync(int? port = null)
    {
        var at = port ?? LoopbackPort.Free();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{at}");
        var called = new FakeOperator(builder.Build(), UrlAt(at));
        await called._server.StartAsync();
        return called;
    }

    public static string UrlAt(int port) => $"http://127.0.0.1:{port}/alarm";

    /// <summary>The statuses of the next answers; 204 when they are used up.</summary>
    public void Answers(params int[] statuses)
    {
        foreach (var status in statuses)
        {
            _answers.Enqueue(status);
        }
    }

    /// <summary>A session's calls are not answered before this is done.</summary>
    public void HoldsBack(string sessionId, Task until) => _gates[sessionId] = until;

    public Task CalledAsync(int times) => _called.UntilAsync(() => _calls.Count >= times, () => $"{_calls.Count} calls instead of {times}");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        var call = new OperatorCall(body.ToArray(), http.Request.Headers["X-BeMore-Signature"].ToString());
        _calls.Enqueue(call);
        _called.Beat();
        if (_gates.TryGetValue(call.SessionId, out var gate))
        {
            await gate.WaitAsync(http.RequestAborted);
        }

        http.Response.StatusCode = _answers.TryDequeue(out var status) ? status : StatusCodes.Status204NoContent;
    }
}

/// <param name="Body">As it was signed.</param>
internal sealed record OperatorCall(byte[] Body, string Signature)
{
    public string SessionId => Text("sessionId");

    public string Text(string name)
    {
        using var json = JsonDocument.Parse(Body);
        return json.RootElement.GetProperty(name).GetString()!;
    }
}
