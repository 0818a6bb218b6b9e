using System.Text;
using BeMore.Counselling;

namespace BeMore.Cluster;

/// <summary>The turns of a session that has gone to another node, which asks for them: to them, that node is a connection like any other.</summary>
#pragma warning disable CA1001 // The source of the silence is not disposed: a question may come at the moment of the end, and would throw.
internal sealed class Handover
#pragma warning restore CA1001
{
    /// <summary>How long a question waits for something to say.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Who does not ask for so long is lost: somebody may come back here.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly IReadOnlyList<TurnWatch> _watches;
    private readonly Told[] _told;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _silence;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Handover(IReadOnlyList<TurnWatch> watches, TimeProvider time)
    {
        (_watches, _time) = (watches, time);
        _told = [.. watches.Select(_ => new Told())];
        _silence = new CancellationTokenSource(Silence, time);
    }

    /// <summary>Ends when all was heard, was taken over by somebody else, or nobody asks any more.</summary>
    public async Task RunAsync()
    {
        var number = 0;
        try
        {
            await foreach (var turnEvent in TurnWatch.ReadAllAsync(_watches, () => _silence.IsCancellationRequested, _silence.Token))
            {
                Note(_told[number], turnEvent);
                if (turnEvent.IsLast)
                {
                    // Told is what has arrived: only then the next.
                    await _told[number++].Heard.Task.WaitAsync(_silence.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_silence.IsCancellationRequested)
        {
        }

        lock (_lock)
        {
            foreach (var told in _told)
            {
                told.IsGone = told.End is null;
            }

            _changed.TrySetResult();
        }
    }

    /// <summary>The other node is there, and will ask.</summary>
    public void Renew() => _silence.CancelAfter(Silence);

    public async Task<NodeMessage> AnswerAsync(NodeMessage.Ask ask)
    {
        Renew();
        var told = _told[ask.Turn];
        if (ask.Stopped)
        {
            Stop(ask.Turn);
        }

        var since = _time.GetTimestamp();
        while (true)
        {
            Task changed;
            var left = Pause - _time.GetElapsedTime(since);
            lock (_lock)
            {
                if (told.IsGone)
                {
                    return new NodeMessage.Gone(Runs: !_watches[ask.Turn].Turn.HasEnded);
                }

                if (told.Said.Length > ask.Seen || told.End is not null || (told.Begun && !ask.Begun) || left <= TimeSpan.Zero)
                {
                    return new NodeMessage.Told(told.Begun, told.Said.ToString(ask.Seen, told.Said.Length - ask.Seen), told.End);
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(left, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Stop(int turn)
    {
        lock (_lock)
        {
            if (_told[turn].IsGone)
            {
                // It is somebody else's, who has not asked for that.
                return;
            }
        }

        _watches[turn].Turn.Stop();
    }

    public void Hear(int turn) => _told[turn].Heard.TrySetResult();

    private void Note(Told told, TurnEvent turnEvent)
    {
        lock (_lock)
        {
            switch (turnEvent)
            {
                case TurnEvent.Begin:
                    told.Begun = true;
                    break;
                case TurnEvent.Chunk chunk:
                    told.Said.Append(chunk.Text);
                    break;
                case TurnEvent.Complete:
                    told.End = "";
                    break;
                case TurnEvent.Failed failed:
                    told.End = failed.Error.Code;
                    break;
            }

            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class Told
    {
        public bool Begun { get; set; }

        public StringBuilder Said { get; } = new();

        public string? End { get; set; }

        public bool IsGone { get; set; }

        public TaskCompletionSource Heard { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
