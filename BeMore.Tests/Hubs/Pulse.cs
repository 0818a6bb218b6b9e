namespace BeMore.Tests;

/// <summary>Waiting for something to become true without asking again and again: whoever changes it beats the pulse.</summary>
public sealed class Pulse
{
    /// <summary>Far more than anything here takes on a busy machine; whoever waits this long is told what is missing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private TaskCompletionSource _next = NewBeat();

    public void Beat() => Interlocked.Exchange(ref _next, NewBeat()).TrySetResult();

    /// <param name="condition">Looked at once now and once after each beat.</param>
    /// <param name="missing">What the exception says when the time is over.</param>
    /// <exception cref="TimeoutException">It did not become true in time.</exception>
    public async Task UntilAsync(Func<bool> condition, Func<string> missing, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(missing);
        using var clock = new CancellationTokenSource(timeout ?? Patience);
        while (true)
        {
            // Taken before the look: a change between the look and the wait has beaten this one already.
            var beat = Volatile.Read(ref _next).Task;
            if (condition())
            {
                return;
            }

            try
            {
                await beat.WaitAsync(clock.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"After {(timeout ?? Patience).TotalSeconds:0.#} s: {missing()}");
            }
        }
    }

    private static TaskCompletionSource NewBeat() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
