using System.Net.WebSockets;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>The frontend reconnects by itself after every close: two windows of one session must come to rest all the same.</summary>
public sealed class TwoWindowsTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly List<Window> _windows = [];
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync()
    {
        foreach (var window in _windows)
        {
            await window.DisposeAsync();
        }

        await _hub.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(45_000)]
    public async Task TwoWindowsComeToRestAndOneHasTheSession(int secondOpensAfterMs)
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromMilliseconds(secondOpensAfterMs));
        await OpenAsync();

        await RestAsync();

        var open = _windows.Should().ContainSingle(w => w.IsOpen).Which;
        _windows.Should().ContainSingle(w => w.GaveUp);
        _windows.Sum(w => w.Opened).Should().Be(4, "the first, then three changes");
        await open.IsAnsweredAsync();
    }

    [Fact]
    public async Task ThreeWindowsDoToo()
    {
        await OpenAsync();
        await OpenAsync();
        await OpenAsync();

        await RestAsync();

        _windows.Should().ContainSingle(w => w.IsOpen);
        _windows.Where(w => w.GaveUp).Should().HaveCount(2);
    }

    [Fact]
    public async Task WhoReloadsAWindowThatGaveUpHasTheSessionAgain()
    {
        await OpenAsync();
        await OpenAsync();
        await RestAsync();
        _time.Advance(TimeSpan.FromSeconds(30));

        var reloaded = await OpenAsync();
        await RestAsync();

        // Whom that took it from wants it back: they quarrel once more, and come to rest once more.
        _windows.Should().ContainSingle(w => w.IsOpen);
        reloaded.Opened.Should().BePositive();
    }

    private async Task<Window> OpenAsync()
    {
        var window = new Window(_hub, _time);
        _windows.Add(window);
        await window.TryAsync();
        await SupersededAreClosedAsync(window);
        return window;
    }

    /// <summary>Moves the clock from try to try until nobody tries any more.</summary>
    private async Task RestAsync()
    {
        for (var tries = 0; _windows.Where(w => w.NextTry is not null).MinBy(w => w.NextTry) is { } next; tries++)
        {
            tries.Should().BeLessThan(50, "they come to rest");
            _time.SetUtcNow(next.NextTry!.Value);
            await next.TryAsync();
            await SupersededAreClosedAsync(next);
        }
    }

    private async Task SupersededAreClosedAsync(Window newest)
    {
        foreach (var older in _windows.Where(w => w != newest && newest.IsOpen && w.IsOpen))
        {
            await older.IsClosedAsync();
        }
    }

    /// <summary>The frontend's rule: again after 1, 2, 4, 8 and 16 s, counted anew from every opening; five refused tries are enough.</summary>
    private sealed class Window(TestHub hub, FakeTimeProvider time) : IAsyncDisposable
    {
        private const int MostTries = 5;

        private readonly List<RawSocketClient> _sockets = [];
        private int _tries;

        public int Opened => _sockets.Count;

        public DateTimeOffset? NextTry { get; private set; }

        public bool IsOpen { get; private set; }

        public bool GaveUp => !IsOpen && NextTry is null;

        public async Task TryAsync()
        {
            NextTry = null;
            try
            {
                _sockets.Add(await hub.ConnectAsync());
                IsOpen = true;
                _tries = 0;
            }
            catch (WebSocketException refused) when (refused.Message.Contains("'409'", StringComparison.Ordinal))
            {
                TryAgain();
            }
        }

        public async Task IsClosedAsync()
        {
            (await _sockets[^1].Closed.WaitAsync(Pulse.Patience)).Status.Should().Be((WebSocketCloseStatus)4409);
            IsOpen = false;
            TryAgain();
        }

        public async Task IsAnsweredAsync()
        {
            await _sockets[^1].RequestAsync("안녕하세요");
            (await _sockets[^1].ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var socket in _sockets)
            {
                await socket.DisposeAsync();
            }
        }

        private void TryAgain()
        {
            if (_tries < MostTries)
            {
                NextTry = time.GetUtcNow().AddSeconds(1 << _tries++);
            }
        }
    }
}
