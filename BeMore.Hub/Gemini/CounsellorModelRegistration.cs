using System.Net;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

internal static class CounsellorModelRegistration
{
    private const string Http = "gemini";

    /// <summary>The model behind the counsellor: Gemini with what makes it dependable, or the demo where there is no key.</summary>
    public static IServiceCollection AddCounsellorModel(this IServiceCollection services, GeminiOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<Thinking>();
        services.AddSingleton<GeminiModels>();
        services.AddSingleton<GeminiTelemetry>();
        services.AddHttpClient(Http, http =>
            {
                // Each wait has a deadline of its own (GeminiPipeline); this one would end a long answer in the middle.
                http.Timeout = Timeout.InfiniteTimeSpan;
                http.DefaultRequestVersion = HttpVersion.Version20;
                http.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
                EnableMultipleHttp2Connections = true,
                // Whoever leaves an answer leaves at once: by default what is left of it is read for 2 s, to save a connection.
                ResponseDrainTimeout = TimeSpan.Zero,
                UseCookies = false,
                AllowAutoRedirect = false,
                // The hub's traces are no business of Google's.
                ActivityHeadersPropagator = null,
            })
            // The handler's own connection lifetime follows DNS; a second rotation on top would only cost connections.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // The factory's loggers print headers at Trace, and one of them is the key.
            .RemoveAllLoggers();

        services.AddChatClient(provider => options.ApiKey is null
                ? new DemoChatClient(provider.GetRequiredService<TimeProvider>())
                : Gemini(provider, options))
            .Use((inner, provider) => new SupportiveEnding(inner, provider.GetRequiredService<ILogger<SupportiveEnding>>()));
        return services;
    }

    private static GeminiPipeline Gemini(IServiceProvider provider, GeminiOptions options)
    {
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(Http);
        var thinking = provider.GetRequiredService<Thinking>();
#if GEMINI_MSCC
        IChatClient client = new MsccChatClient(http, options, thinking);
#else
        IChatClient client = new GeminiChatClient(http, options, thinking);
#endif
        return new GeminiPipeline(
            client,
            provider.GetRequiredService<GeminiModels>(),
            options,
            provider.GetRequiredService<GeminiTelemetry>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<GeminiPipeline>>());
    }
}
