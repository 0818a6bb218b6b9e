using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BeMore.Tests;

/// <summary>A network between a client and the hub, which a test can break and mend: bytes go through as they are.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _hubPort;
    private readonly Lock _lock = new();
    private readonly List<Socket> _open = [];
    private readonly HashSet<Socket> _silent = [];
    private readonly StringBuilder _swallowed = new();
    private readonly Pulse _swallows = new();
    private readonly Task _accepting;
    private bool _isBroken;
    private byte[]? _refusal;

    private Relay(int hubPort)
    {
        _hubPort = hubPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public static Relay Before(Uri hub) => new(hub.Port);

    /// <summary>Resets every connection, and every new one until <see cref="Mend"/>.</summary>
    public void Break()
    {
        Socket[] open;
        lock (_lock)
        {
            _isBroken = true;
            open = [.. _open];
            _open.Clear();
        }

        foreach (var socket in open)
        {
            Reset(socket);
        }
    }

    /// <summary>The same, but a new connection is answered what it says first, and ended.</summary>
    public void Refuse(byte[] answer)
    {
        lock (_lock)
        {
            _refusal = answer;
        }

        Break();
    }

    /// <summary>Nothing comes through the connections that are there, in either direction, and neither side is told. New ones are well.</summary>
    public void Silence()
    {
        lock (_lock)
        {
            _silent.UnionWith(_open);
        }
    }

    /// <summary>Since <see cref="Silence"/> somebody has said this (ASCII) in vain.</summary>
    public Task SwallowsAsync(string text) => _swallows.UntilAsync(
        () =>
        {
            lock (_lock)
            {
                return _swallowed.ToString().Contains(text, StringComparison.Ordinal);
            }
        },
        () => $"nobody has said {text} in vain");

    public void Mend()
    {
        lock (_lock)
        {
            (_isBroken, _refusal) = (false, null);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Break();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptSocketAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was stopped.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var hub = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        byte[]? refusal;
        lock (_lock)
        {
            refusal = _refusal;
            if (_isBroken && refusal is null)
            {
                Reset(client);
                hub.Dispose();
                return;
            }

            _open.AddRange([client, hub]);
        }

        try
        {
            if (refusal is not null)
            {
                await client.ReceiveAsync(new byte[16 * 1024]);
                await client.SendAsync(refusal);
                client.Shutdown(SocketShutdown.Send);
                return;
            }

            await hub.ConnectAsync(IPAddress.Loopback, _hubPort);
            await Task.WhenAll(CopyAsync(client, hub), CopyAsync(hub, client));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One of the two has gone, or the test broke them.
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(client);
                _open.Remove(hub);
                _silent.ExceptWith([client, hub]);
            }

            client.Dispose();
            hub.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer)) > 0;)
        {
            bool isSwallowed;
            lock (_lock)
            {
                isSwallowed = _silent.Contains(from);
                _ = isSwallowed ? _swallowed.Append(Encoding.ASCII.GetString(buffer, 0, read)) : null;
            }

            if (isSwallowed)
            {
                _swallows.Beat();
                continue;
            }

            for (var sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
