using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>
/// Gemini over <c>POST {base}/v1beta/models/{model}:streamGenerateContent?alt=sse</c>: one request, its events as they come,
/// no second try (that is <see cref="GeminiPipeline"/>'s).
/// </summary>
/// <remarks>
/// An update holds text, thoughts, usage or a finish reason. A blocked prompt and an answer ended by a filter finish with
/// <see cref="ChatFinishReason.ContentFilter"/>. Whatever else keeps the answer from being whole is a <see cref="GeminiException"/>.
/// </remarks>
internal sealed class GeminiChatClient(HttpClient http, GeminiOptions options, Thinking thinking) : IChatClient
{
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? chat = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var model = chat?.ModelId ?? options.Model;
        using var response = await AskAsync(messages, chat, model, cancellationToken);
        await using var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken));
        // Updates at once: an event is many small objects, which would wait in memory for the next.
        var events = SseParser.Create(body, (_, data) => GeminiUpdates.From(Parse(data, model), model)).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = events;

        var finished = false;
        while (true)
        {
            try
            {
                if (!await events.MoveNextAsync())
                {
                    break;
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
            {
                // Behind the finish reason the answer is whole, however its connection ends.
                if (finished)
                {
                    break;
                }

                throw new GeminiException(GeminiFailure.Passing, "Gemini's answer was cut: the connection broke.", e);
            }

            finished |= events.Current.Data.FinishReason is not null;
            yield return events.Current.Data;
        }

        // Also where the body ended as HTTP wants it: a proxy between may have cut it and closed it properly.
        if (!finished)
        {
            throw new GeminiException(GeminiFailure.Passing, "Gemini's answer was cut: it ended without a finish reason.");
        }
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> AskAsync(IEnumerable<ChatMessage> messages, ChatOptions? chat, string model, CancellationToken cancellation)
    {
        while (true)
        {
            var least = thinking.For(model);
            var body = JsonSerializer.SerializeToUtf8Bytes(GeminiRequests.Compose(messages, chat, least), GeminiJson.Wire.GenerateContentRequest);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{options.BaseUrl}/v1beta/models/{model}:streamGenerateContent?alt=sse");
            request.Headers.Add("x-goog-api-key", options.ApiKey);
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            request.Version = http.DefaultRequestVersion;
            request.VersionPolicy = http.DefaultVersionPolicy;

            var response = await SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                // The response knows its request for as long as it lasts: the talk need not stay in memory with it.
                request.Content = null;
                return response;
            }

            using (response)
            {
                var refusal = await GeminiErrors.ReadAsync(response, cancellation);
                if (!refusal.AboutThinking || least is null)
                {
                    throw refusal.Exception;
                }

                thinking.Refused(model);
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException e)
        {
            throw new GeminiException(GeminiFailure.Passing, $"Gemini cannot be reached: {e.HttpRequestError}.", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            // The handler's own deadline for connecting ends like this.
            throw new GeminiException(GeminiFailure.Passing, "Gemini cannot be reached: connecting took too long.", e);
        }
    }

    private static GenerateContentResponse Parse(ReadOnlySpan<byte> data, string model)
    {
        try
        {
            return GeminiEventReader.Read(data, model);
        }
        catch (JsonException)
        {
            // Not as the inner exception: its message may quote the text that it could not read.
            throw new GeminiException(GeminiFailure.Unreadable, $"Gemini sent an event of {data.Length} bytes that is not the JSON it should be.");
        }
    }
}
