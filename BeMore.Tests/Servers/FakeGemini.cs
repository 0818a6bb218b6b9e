using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>A real HTTP server that answers as Gemini does, faults included: each request gets a <see cref="GeminiScript"/>.</summary>
public sealed class FakeGemini : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly Pulse _changed = new();
    private readonly ConcurrentQueue<GeminiRequest> _requests = new();
    private readonly ConcurrentQueue<GeminiScript> _next = new();
    private readonly ConcurrentQueue<(Func<string, bool> Wanted, GeminiScript Script)> _when = new();
    private readonly ConcurrentDictionary<string, GeminiScript> _ofModel = new();
    private Func<GeminiRequest, GeminiScript> _always = _ => Gemini.Default;

    private FakeGemini(WebApplication server)
    {
        _server = server;
        server.MapPost("/v1beta/models/{model}:streamGenerateContent", AnswerAsync);
        server.MapFallback(context => RunAsync(context, GeminiFaults.NoSuchModel(context.Request.Path), _ => { }));
    }

    /// <summary>Without a slash at the end: what GEMINI_BASE_URL is set to.</summary>
    public string BaseUrl { get; private set; } = "";

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<GeminiRequest> Requests => [.. _requests];

    /// <summary>Requests that are being answered.</summary>
    public int OpenStreams => _requests.Count(request => !request.Ended.IsCompleted);

    public static async Task<FakeGemini> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MinResponseDataRate = null);
        // One byte and not the usual 64 KiB: a flush then waits until the socket has taken everything, so that what was
        // sent before a cut has left, and bytes that are flushed one by one leave one by one.
        builder.WebHost.UseSockets(options => options.MaxWriteBufferSize = 1);
        var fake = new FakeGemini(builder.Build());
        await fake._server.StartAsync();
        var addresses = fake._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        fake.BaseUrl = addresses.Addresses.Single();
        return fake;
    }

    /// <summary>For one request; several are used in order, and before anything else.</summary>
    public void Next(params GeminiScript[] scripts)
    {
        foreach (var script in scripts)
        {
            _next.Enqueue(script);
        }
    }

    /// <summary>For every request whose last user text is wanted; the first that fits counts.</summary>
    public void When(Func<string, bool> lastUserText, GeminiScript script) => _when.Enqueue((lastUserText, script));

    /// <summary>For every request of this model that nothing above is for; the latest counts.</summary>
    public void AlwaysOf(string model, GeminiScript script) => _ofModel[model] = script;

    /// <summary>For every request that nothing else is for.</summary>
    public void Always(GeminiScript script) => _always = _ => script;

    /// <summary>The same, with an answer that goes with the request.</summary>
    public void Always(Func<GeminiRequest, GeminiScript> script) => _always = script;

    /// <summary>The request of this number, from 0, as soon as it is there.</summary>
    public async Task<GeminiRequest> RequestAsync(int number = 0, TimeSpan? timeout = null)
    {
        await _changed.UntilAsync(() => _requests.Count > number, () => $"{_requests.Count} requests came, not {number + 1}.", timeout);
        return _requests.ElementAt(number);
    }

    public Task WaitForOpenStreamsAsync(int count, TimeSpan? timeout = null) =>
        _changed.UntilAsync(() => OpenStreams == count, () => $"{OpenStreams} streams are open, not {count}.", timeout);

    public async ValueTask DisposeAsync()
    {
        // Scripts that stall end with the lifetime's token; nobody is to wait for the rest.
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, string model)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);
        var request = new GeminiRequest(
            model,
            context.Request.Headers["x-goog-api-key"],
            context.Request.QueryString.Value ?? "",
            body.RootElement.Clone());
        _requests.Enqueue(request);
        _changed.Beat();
        await RunAsync(context, ScriptFor(request), clientLeft =>
        {
            request.End(clientLeft);
            _changed.Beat();
        });
    }

    private GeminiScript ScriptFor(GeminiRequest request) =>
        _next.TryDequeue(out var next) ? next
        : _when.FirstOrDefault(rule => rule.Wanted(request.LastUserText)).Script
        ?? _ofModel.GetValueOrDefault(request.Model) ?? _always(request);

    /// <param name="end">Told whether the client went away before the script's end; its first call counts.</param>
    private async Task RunAsync(HttpContext context, GeminiScript script, Action<bool> end)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _server.Lifetime.ApplicationStopping);
        var reply = new GeminiReply(context, script.Framing, () => end(false), over.Token);
        try
        {
            foreach (var step in script.Steps)
            {
                await step(reply);
            }

            end(false);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Looked at before our own abort, which cancels the same token.
            end(context.RequestAborted.IsCancellationRequested);
            context.Abort();
        }
        finally
        {
            // A step of the test's own failed.
            end(true);
        }
    }
}
