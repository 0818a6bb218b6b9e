using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Mscc.GenerativeAI;
using Library = Mscc.GenerativeAI.Types;

namespace BeMore.Gemini;

/// <summary>
/// Gemini through the library Mscc.GenerativeAI (written against 3.1.0), behind the same seam as <see cref="GeminiChatClient"/>:
/// the same updates, the same failures. Built with <c>-p:GeminiClient=Mscc</c>.
/// </summary>
/// <remarks>
/// The library's own <see cref="IChatClient"/> fails on a blocked prompt, loses the text that comes with MAX_TOKENS, hides
/// errors within the stream and asks one model only. So its <see cref="GenerativeModel"/> is used: in array mode, because the
/// other one blocks a thread while it waits; with its retries off, because they are <see cref="GeminiPipeline"/>'s; and
/// without a logger, because it would log what somebody confided.
/// </remarks>
internal sealed class MsccChatClient(HttpClient http, GeminiOptions options, Thinking thinking) : IChatClient
{
    private static readonly Library.RequestOptions Once = new(new Library.Retry { Maximum = 1 });

    private readonly ConcurrentDictionary<string, GenerativeModel> _models = new(StringComparer.Ordinal);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? chat = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var name = chat?.ModelId ?? options.Model;
        var model = _models.GetOrAdd(name, n => MsccModel.Create(n, new Door(http, options, thinking, n)));
        var request = ToLibrary(GeminiRequests.Compose(messages, chat, thinking.For(name)));
        await using var events = model.GenerateContentStream(request, Once, cancellationToken).GetAsyncEnumerator(cancellationToken);

        var finished = false;
        while (await NextAsync(events, cancellationToken))
        {
            var update = GeminiUpdates.From(((MsccModel.Event)events.Current).Data, name);
            finished |= update.FinishReason is not null;
            yield return update;
        }

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

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<Library.GenerateContentResponse> events, CancellationToken cancellation)
    {
        try
        {
            var any = await events.MoveNextAsync();
            // The library ends a cancelled stream as if it were whole.
            cancellation.ThrowIfCancellationRequested();
            return any;
        }
        catch (Library.GeminiApiException e) when (e.InnerException is { } inner)
        {
            // Everything that comes out of sending is wrapped, cancellation too.
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }
        catch (JsonException)
        {
            // A body that ends within its array and one that is no JSON are the same to the library; the first is what happens.
            return false;
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !cancellation.IsCancellationRequested)
        {
            throw new GeminiException(GeminiFailure.Passing, "Gemini's answer was cut: the connection broke.", e);
        }
    }

    private static Library.GenerateContentRequest ToLibrary(GenerateContentRequest request) => new()
    {
        SystemInstruction = request.SystemInstruction is { } system ? ToLibrary(system) : null,
        Contents = [.. request.Contents.Select(ToLibrary)],
        GenerationConfig = new Library.GenerationConfig
        {
            // Through decimal: 0.7f is 0.699999988079071 as a double.
            Temperature = (double?)(decimal?)request.GenerationConfig.Temperature,
            TopP = (double?)(decimal?)request.GenerationConfig.TopP,
            TopK = request.GenerationConfig.TopK,
            MaxOutputTokens = request.GenerationConfig.MaxOutputTokens,
            ThinkingConfig = request.GenerationConfig.ThinkingConfig is not { } least ? null : new Library.ThinkingConfig
            {
                ThinkingBudget = least.ThinkingBudget,
                ThinkingLevel = least.ThinkingLevel is { } level ? Constant<Library.ThinkingLevel>(level) : null,
            },
        },
        SafetySettings =
        [
            .. request.SafetySettings.Select(s => new Library.SafetySetting
            {
                Category = Constant<Library.HarmCategory>(s.Category),
                Threshold = Constant<Library.HarmBlockThreshold>(s.Threshold),
            }),
        ],
    };

    private static Library.Content ToLibrary(Content content) => new()
    {
        Role = content.Role,
        Parts = [.. (content.Parts ?? []).Select(p => new Library.TextData { Text = p.Text })],
    };

    private static T Constant<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>The library's model, made to read our records and to write Google's constants.</summary>
    private sealed class MsccModel(IHttpClientFactory door) : GenerativeModel(door)
    {
        private static readonly string KeyThatPasses = new('0', 53);

        private static readonly Lock OneAtATime = new();

        static MsccModel()
        {
            // The library's record fails on any finish reason, modality or rating that Google adds, and has no place for an error.
            ReadOptions.Converters.Insert(0, new EventConverter());
            // It would write harm_category_harassment.
            WriteOptions.Converters.Insert(0, new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseUpper));
        }

        /// <summary>
        /// The library's constructor copies <c>.env</c> over the environment and throws at a key there that is not 39 or 53 characters
        /// long. So it is given one that passes, which <see cref="Door"/> does not send, and the environment is put back. What cannot
        /// be helped: a GOOGLE_API_KEY of another length in <c>.env</c> itself; this product has no such setting.
        /// </summary>
        public static MsccModel Create(string name, Door door)
        {
            lock (OneAtATime)
            {
                var before = Environment.GetEnvironmentVariables();
                try
                {
                    Environment.SetEnvironmentVariable("GOOGLE_API_KEY", KeyThatPasses);
                    return new MsccModel(door) { Model = name };
                }
                finally
                {
                    foreach (DictionaryEntry now in Environment.GetEnvironmentVariables())
                    {
                        if (!Equals(before[now.Key], now.Value))
                        {
                            Environment.SetEnvironmentVariable((string)now.Key, (string?)before[now.Key]);
                        }
                    }
                }
            }
        }

        public sealed class Event(GenerateContentResponse data) : Library.GenerateContentResponse
        {
            public GenerateContentResponse Data { get; } = data;
        }

        private sealed class EventConverter : JsonConverter<Library.GenerateContentResponse>
        {
            public override bool HandleNull => true;

            public override Library.GenerateContentResponse Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
            {
                try
                {
                    return new Event(JsonSerializer.Deserialize(ref reader, GeminiJson.Wire.GenerateContentResponse) ?? throw new JsonException());
                }
                catch (JsonException)
                {
                    // Not as the inner exception: its message may quote the text that it could not read.
                    throw new GeminiException(GeminiFailure.Unreadable, "Gemini sent an event that is not the JSON it should be.");
                }
            }

            public override void Write(Utf8JsonWriter writer, Library.GenerateContentResponse value, JsonSerializerOptions options) =>
                throw new NotSupportedException();
        }
    }

    /// <summary>
    /// Stands between the library and the network: the address and the key are ours, whatever the environment holds, and a refusal
    /// is read here, before the library puts its text into a message.
    /// </summary>
    private sealed class Door(HttpClient http, GeminiOptions options, Thinking thinking, string model) : HttpMessageHandler, IHttpClientFactory
    {
        private const int LongestRefusal = 64 * 1024;

        public HttpClient CreateClient(string name) => new(this) { Timeout = Timeout.InfiniteTimeSpan };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var ours = new HttpRequestMessage(HttpMethod.Post, options.BaseUrl + request.RequestUri!.PathAndQuery);
            ours.Headers.Add("x-goog-api-key", options.ApiKey);
            ours.Content = request.Content;
            // The library loses it.
            ours.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            ours.Version = http.DefaultRequestVersion;
            ours.VersionPolicy = http.DefaultVersionPolicy;

            HttpResponseMessage response;
            try
            {
                response = await http.SendAsync(ours, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            }
            catch (HttpRequestException e)
            {
                throw new GeminiException(GeminiFailure.Passing, $"Gemini cannot be reached: {e.HttpRequestError}.", e);
            }

            if (response.StatusCode == HttpStatusCode.OK)
            {
                return response;
            }

            using (response)
            {
                throw await RefusalAsync(response, cancellationToken);
            }
        }

        private async Task<GeminiException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellation)
        {
            using var content = response.Content;
            var body = "";
            try
            {
                await content.LoadIntoBufferAsync(LongestRefusal, cancellation);
                body = await content.ReadAsStringAsync(cancellation);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The status line alone has to do.
            }

            // In array mode a refusal is an array of one.
            response.Content = new StringContent(body.Trim().TrimStart('[').TrimEnd(']'));
            var refusal = await GeminiErrors.ReadAsync(response, cancellation);
            if (!refusal.AboutThinking)
            {
                return refusal.Exception;
            }

            // The request is in the library's hands: the pipeline makes the next one, at once and without the wish to think less.
            thinking.Refused(model);
            return new GeminiException(GeminiFailure.Passing, $"{model} cannot think less.") { RetryAfter = TimeSpan.Zero };
        }
    }
}
