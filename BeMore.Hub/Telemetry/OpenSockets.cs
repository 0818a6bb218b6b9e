namespace BeMore.Telemetry;

/// <summary>How many WebSockets are open that are no SignalR client's: those the framework counts.</summary>
internal sealed class OpenSockets
{
    private int _session;
    private int _analysis;

    /// <summary>The frontend's sockets for its talk.</summary>
    public int Session => Volatile.Read(ref _session);

    /// <summary>Its sockets for face and voice.</summary>
    public int Analysis => Volatile.Read(ref _analysis);

    /// <summary>One is open until it is disposed.</summary>
    public IDisposable OpenSession()
    {
        Interlocked.Increment(ref _session);
        return new Closing(() => Interlocked.Decrement(ref _session));
    }

    /// <summary>One is open until it is disposed.</summary>
    public IDisposable OpenAnalysis()
    {
        Interlocked.Increment(ref _analysis);
        return new Closing(() => Interlocked.Decrement(ref _analysis));
    }

    private sealed class Closing(Action close) : IDisposable
    {
        public void Dispose() => close();
    }
}
