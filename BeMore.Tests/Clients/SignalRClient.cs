using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace BeMore.Tests;

/// <summary>The .NET client at the hub's other door; its items are kept as the JSON that came.</summary>
internal static class SignalRClient
{
    public static Task<HubConnection> SignalRAsync(
        this TestHub hub, HttpTransportType transport = HttpTransportType.WebSockets, TestToken? token = null) => hub.App.SignalRAsync(transport, token);

    public static async Task<HubConnection> SignalRAsync(
        this BeMoreApplication app, HttpTransportType transport = HttpTransportType.WebSockets, TestToken? token = null)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(app.Hub(), transport, o => o.AccessTokenProvider = () => Task.FromResult(token?.ToString()))
            .Build();
        await connection.StartAsync();
        return connection;
    }

    /// <param name="request">Sent as it is: an anonymous object, null, or what a careless client would send.</param>
    public static IAsyncEnumerable<JsonElement> RequestAsync(
        this HubConnection connection, string? sessionId, object? request, CancellationToken unsubscribe = default) =>
        connection.StreamAsync<JsonElement>("RequestAiResponse", sessionId, request, unsubscribe);

    public static IAsyncEnumerable<JsonElement> ResumeAsync(this HubConnection connection, string? sessionId) =>
        connection.StreamAsync<JsonElement>("ResumeAiResponse", sessionId);

    /// <summary>To the stream's end.</summary>
    public static async Task<IReadOnlyList<Frame>> ReadAsync(this IAsyncEnumerable<JsonElement> stream)
    {
        var frames = new List<Frame>();
        using var clock = new CancellationTokenSource(Pulse.Patience);
        await foreach (var item in stream.WithCancellation(clock.Token))
        {
            frames.Add(Frame.Parse(item.GetRawText()));
        }

        return frames;
    }

    /// <summary>The next item of a stream that a test reads step by step.</summary>
    public static async Task<Frame> NextAsync(this IAsyncEnumerator<JsonElement> stream)
    {
        (await stream.MoveNextAsync().AsTask().WaitAsync(Pulse.Patience)).Should().BeTrue("there is more to come");
        return Frame.Parse(stream.Current.GetRawText());
    }

    /// <summary>Up to the first chunk; the stream stays open.</summary>
    public static async Task<Frame> ReadToTheFirstChunkAsync(this IAsyncEnumerator<JsonElement> stream)
    {
        var frame = await stream.NextAsync();
        while (frame.Type != Frame.ChunkType)
        {
            frame = await stream.NextAsync();
        }

        return frame;
    }
}
