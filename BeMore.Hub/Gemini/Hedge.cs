namespace BeMore.Gemini;

/// <summary>
/// Two requests for one answer: where the first words are late another request runs beside, and whoever speaks first answers.
/// The other is closed before it has shown a word, so that nothing mixes.
/// </summary>
/// <remarks>
/// Not Polly's hedging: that asks a second time as soon as the first has failed, past the wait between tries that Gemini asked for.
/// </remarks>
internal static class Hedge
{
    /// <param name="first">Whom to ask.</param>
    /// <param name="late">How long it may take alone.</param>
    /// <param name="beside">Whom to ask then; null if there is nobody.</param>
    /// <param name="ask">Asks; its token closes the request.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Closes both.</param>
    /// <returns>The winner, whose own deadline is over. If both fail, the first one's failure is the one that counts.</returns>
    public static async Task<GeminiAttempt> RaceAsync(
        GeminiPermit first,
        TimeSpan late,
        Func<GeminiPermit?> beside,
        Func<GeminiPermit, CancellationToken, Task<GeminiAttempt>> ask,
        TimeProvider time,
        CancellationToken cancellation)
    {
        await using var one = new Contender(first, ask, cancellation);
        if (!await one.IsLateAsync(late, time) || beside() is not { } second)
        {
            return await one.WinAsync();
        }

        await using var other = new Contender(second, ask, cancellation);
        var (earlier, later) = await one.IsEarlierThanAsync(other) ? (one, other) : (other, one);
        return await earlier.SpeaksAsync() ? await earlier.WinAsync()
            : await later.SpeaksAsync() ? await later.WinAsync()
            : await one.WinAsync();
    }

    private sealed class Contender : IAsyncDisposable
    {
        private readonly CancellationTokenSource _leave;
        private readonly Task<GeminiAttempt> _attempt;
        private bool _won;

        public Contender(GeminiPermit permit, Func<GeminiPermit, CancellationToken, Task<GeminiAttempt>> ask, CancellationToken cancellation)
        {
            _leave = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            _attempt = ask(permit, _leave.Token);
        }

        public async Task<bool> IsLateAsync(TimeSpan late, TimeProvider time)
        {
            using var over = new CancellationTokenSource();
            var isOver = await Task.WhenAny(_attempt, Task.Delay(late, time, over.Token)) == _attempt;
            over.Cancel();
            return !isOver;
        }

        public async Task<bool> IsEarlierThanAsync(Contender other) => await Task.WhenAny(_attempt, other._attempt) == _attempt;

        public async Task<bool> SpeaksAsync()
        {
            await ((Task)_attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return _attempt.IsCompletedSuccessfully;
        }

        public Task<GeminiAttempt> WinAsync()
        {
            _won = true;
            return _attempt;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_won)
            {
                _leave.Cancel();
                if (await SpeaksAsync())
                {
                    // Both spoke in the same moment.
                    await (await _attempt).DisposeAsync();
                }
            }

            _leave.Dispose();
        }
    }
}
