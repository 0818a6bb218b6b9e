using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <param name="State">The event's named values, the template among them.</param>
/// <param name="Scopes">Outermost first.</param>
public sealed record LogEntry(
    string Category,
    LogLevel Level,
    EventId Event,
    string Message,
    string? Exception,
    IReadOnlyList<KeyValuePair<string, string?>> State,
    IReadOnlyList<string> Scopes)
{
    public override string ToString() =>
        $"{Level} {Category}[{Event.Id} {Event.Name}] {Message} | {string.Join(", ", State.Select(pair => $"{pair.Key}={pair.Value}"))}"
        + $" | {string.Join(" => ", Scopes)}{(Exception is null ? "" : $"\n{Exception}")}";
}

/// <summary>Everything that is logged, kept: so that a test can say what is in the logs and, above all, what is not.</summary>
public sealed class CapturedLogs : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();
    private readonly Pulse _logged = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>Messages, values, scopes and exceptions of all entries: where to look for what must not be there.</summary>
    public string AllText => string.Join('\n', _entries);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>The first entry that fits, as soon as there is one.</summary>
    public async Task<LogEntry> WaitForAsync(Func<LogEntry, bool> wanted, TimeSpan? timeout = null)
    {
        LogEntry? found = null;
        await _logged.UntilAsync(
            () => (found = _entries.FirstOrDefault(wanted)) is not null,
            () => $"the log entry did not come. Logged:\n{string.Join('\n', _entries.Where(entry => entry.Level >= LogLevel.Information))}",
            timeout);
        return found!;
    }

    public void Dispose()
    {
        // The entries outlive the host: tests read them after it has stopped.
    }

    private static string? Text(object? value) =>
        value is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(", ", pairs.Select(pair => $"{pair.Key}={pair.Value}")) : value?.ToString();

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logs._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scopes = new List<string>();
            // Both forms: a scope's values need not be in its text.
            logs._scopes.ForEachScope((scope, list) => list.Add($"{scope} {Text(scope)}"), scopes);
            var values = state as IEnumerable<KeyValuePair<string, object?>> ?? [];
            logs._entries.Enqueue(new LogEntry(
                category,
                logLevel,
                eventId,
                formatter(state, exception),
                exception?.ToString(),
                [.. values.Select(pair => KeyValuePair.Create(pair.Key, Text(pair.Value)))],
                scopes));
            logs._logged.Beat();
        }
    }
}
