namespace BeMore.Telemetry;

/// <summary>How many WebSockets are open that are no SignalR client's, of which the framework counts those.</summary>
internal sealed class OpenSockets
{
    private int _session;
    private int _analysis;

    /// <summary>The frontend's sockets for its talk.</summary>
    public int Session => Volatile.Read(ref _session);

    /// <summary>Its sockets for face and voice.</summary>
    public int Analysis => Volatile.Read(ref _analysis);

    /// <summary>One is open until it is disposed.</summary>
    public IDisposable OpenSession() => new Open(() => Interlocked.Add(ref _session, 1), () => Interlocked.Add(ref _session, -1));

    /// <summary>One is open until it is disposed.</summary>
    public IDisposable OpenAnalysis() => new Open(() => Interlocked.Add(ref _analysis, 1), () => Interlocked.Add(ref _analysis, -1));

    private sealed class Open : IDisposable
    {
        private readonly Action _close;

        public Open(Action open, Action close)
        {
            _close = close;
            open();
        }

        public void Dispose() => _close();
    }
}
