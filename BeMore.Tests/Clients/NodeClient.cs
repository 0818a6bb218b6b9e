using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace BeMore.Tests;

/// <param name="Event">connected, ping, item, complete, cancelled, superseded, error, closed.</param>
/// <param name="Item">What the hub sent, of a ping or an item.</param>
public sealed record NodeEvent(string Event, JsonElement Item, string? Message);

/// <summary>The published client, <c>@microsoft/signalr</c>, in a process of its own.</summary>
public sealed class NodeClient : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Pulse _changed = new();
    private readonly Task<string> _errors;
    private readonly Task _ended;

    private NodeClient(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _ended = ReadAsync();
    }

    public IReadOnlyList<NodeEvent> Events => [.. _lines.Select(Parse)];

    /// <summary>The folder of Node's packages.</summary>
    /// <exception cref="InvalidOperationException">They are not installed; says how they are.</exception>
    public static string Packages()
    {
        var packages = RepositoryRoot.Combine("BeMore.Tests", "Node", "node_modules");
        return Directory.Exists(Path.Combine(packages, "@microsoft", "signalr"))
            ? packages
            : throw new InvalidOperationException("The published SignalR client is not installed: npm ci --prefix BeMore.Tests/Node");
    }

    /// <summary>The envelopes of the stream.</summary>
    public IReadOnlyList<Frame> Frames => [.. Events.Where(said => said.Event == "item").Select(said => Frame.Parse(said.Item.GetRawText()))];

    /// <param name="transport">WebSockets, ServerSentEvents or LongPolling.</param>
    /// <param name="options">Of signalr-client.mjs: --emotion, --timestamp, --token, --cancel-after, each with its value.</param>
    /// <exception cref="InvalidOperationException">Node or the package is not installed; says how it is.</exception>
    public static NodeClient Start(Uri hub, string transport, string sessionId, string message, params string[] options)
    {
        string[] arguments = [Path.Combine(Packages(), "..", "signalr-client.mjs"), .. options, "--", $"{hub}", transport, sessionId, message];
        try
        {
            return new NodeClient(Process.Start(new ProcessStartInfo("node", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!);
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("The published SignalR client needs Node.js: apt-get install nodejs npm");
        }
    }

    /// <summary>Starts it and waits for its end: the stream's.</summary>
    public static async Task<NodeClient> RunAsync(Uri hub, string transport, string sessionId, string message, params string[] options)
    {
        var client = Start(hub, transport, sessionId, message, options);
        try
        {
            await client.WaitForExitAsync();
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task WaitForAsync(string @event, int count = 1, TimeSpan? timeout = null) => UntilAsync(
        () => Events.Count(said => said.Event == @event) >= count, $"there is no \"{@event}\" number {count}", timeout);

    public Task WaitForExitAsync(TimeSpan? timeout = null) => UntilAsync(() => _ended.IsCompleted, "the client still runs", timeout);

    /// <summary>Tells a client that cancelled its stream to leave.</summary>
    public void Leave() => _process.StandardInput.Close();

    public async ValueTask DisposeAsync()
    {
        if (!_ended.IsCompleted)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _ended;
        await _errors;
        _process.Dispose();
    }

    private Task UntilAsync(Func<bool> condition, string missing, TimeSpan? timeout) => _changed.UntilAsync(
        condition,
        () => $"{missing}. The client said:\n{string.Join('\n', _lines)}\n{(_errors.IsCompletedSuccessfully ? _errors.Result : "")}",
        timeout ?? TimeSpan.FromSeconds(30));

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            _changed.Beat();
        }

        await _process.WaitForExitAsync();
        // Whoever asks whether this task has completed is woken after it has.
        _ = Task.Run(async () =>
        {
            await _ended;
            _changed.Beat();
        });
    }

    private static NodeEvent Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        return new NodeEvent(
            root.GetProperty("event").GetString()!,
            root.TryGetProperty("item", out var item) ? item.Clone() : default,
            root.TryGetProperty("message", out var message) ? message.GetString() : null);
    }
}
