using System.Text;
using System.Threading.Channels;
using BeMore.Safety;

namespace BeMore.Counselling;

/// <summary>
/// One user message and what became of it. It belongs to its session, not to the connection it came over: a connection
/// watches it, may be lost, and another may take over, which is told everything from the start.
/// </summary>
/// <remarks>
/// Written by the one task that runs it, which help may forestall with the end; watched by at most one connection, and safe for all at once.
/// </remarks>
#pragma warning disable CA1001 // The sources of stop and hurry are not disposed: they have no timer and nothing to free, and somebody may stop a turn at the moment of its end.
internal sealed class Turn(string sessionId, TurnRequest request, Asker asker, TurnRisk risk)
#pragma warning restore CA1001
{
    private readonly Lock _lock = new();
    // Held while an event goes to the watcher: what was said before an end is told before it.
    private readonly Lock _telling = new();
    // Room for most answers: one that grows leaves many small pieces behind.
    private readonly StringBuilder _said = new(512);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly TaskCompletionSource _mustEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Channel<TurnEvent>? _watcher;
    private string? _watchedBy;
    private TurnEvent? _end;
    private bool _begun;
    private bool _delivered;
    private bool _toldInVain;
    private bool _abandoned;
    private bool _givenUp;

    public string SessionId { get; } = sessionId;

    public TurnRequest Request { get; } = request;

    public Asker Asker { get; } = asker;

    public TurnRisk Risk { get; } = risk;

    /// <summary>
    /// Why it has no answer but help, whatever was asked: too many wait, and those who make them wait are not heard after it. Null where it may have one.
    /// </summary>
    public TurnError? Refusal { get; init; }

    /// <summary>Runs it where it is another node's, which has the session's turns from before; null: it is this node's own.</summary>
    public ITurnElsewhere? Elsewhere { get; init; }

    /// <summary>Of one that runs elsewhere: it is told on here by another, which came from there since, and nothing here waits for its end.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>Cancelled when the answer is to end where it is.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Cancelled when it is to end without waiting for the database: somebody in danger waits for its end.</summary>
    public CancellationToken Hurried => _hurry.Token;

    /// <summary>Completes when it is to end for whoever hears it, kept or not.</summary>
    public Task MustEnd => _mustEnd.Task;

    /// <summary>It was given up before its turn came: the words are kept, but nobody is to hear an answer.</summary>
    public bool WasGivenUp { get; private set; }

    /// <summary>All chunks so far, joined.</summary>
    public string Said
    {
        get
        {
            lock (_lock)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>How many chunks there were.</summary>
    public int Chunks { get; private set; }

    /// <summary>When its watcher was told the end, by <see cref="TimeProvider.GetTimestamp"/>; null before.</summary>
    public long? ToldAt { get; private set; }

    public bool HasEnded => Volatile.Read(ref _end) is not null;

    /// <summary>How often its connection was lost: tells one wait for somebody to come back from the next.</summary>
    public int OrphanedTimes { get; private set; }

    /// <summary>Nobody will come for it.</summary>
    public bool IsAbandoned
    {
        get
        {
            lock (_lock)
            {
                return _delivered || _abandoned;
            }
        }
    }

    /// <summary>Nobody watches it, and its end has reached nobody who could come back.</summary>
    public bool IsOrphan
    {
        get
        {
            lock (_lock)
            {
                return _watcher is null && !_delivered && !_abandoned;
            }
        }
    }

    /// <summary>Its end has reached nobody, and this connection does not watch it: who has the session's seat may take it over.</summary>
    public bool IsFor(string connectionId)
    {
        lock (_lock)
        {
            return !_delivered && !_abandoned && (_watcher is null || _watchedBy != connectionId);
        }
    }

    /// <summary>Its session is no more: nothing of it is kept, and nobody may take it over.</summary>
    public bool IsErased { get; private set; }

    /// <summary>Its turn has come: whoever stops it from now on interrupts an answer.</summary>
    public void StopWaiting()
    {
        lock (_lock)
        {
            WasGivenUp = _givenUp;
        }
    }

    public void Begin() => Tell(TurnEvent.Begin.Instance);

    public void Say(string piece) => Tell(new TurnEvent.Chunk(piece));

    public void End(TurnEvent last) => Tell(last);

    /// <summary>After its end nothing more is said, and nothing becomes part of it.</summary>
    private void Tell(TurnEvent turnEvent)
    {
        lock (_telling)
        {
            Channel<TurnEvent>? watcher;
            lock (_lock)
            {
                if (_end is not null)
                {
                    return;
                }

                switch (turnEvent)
                {
                    case TurnEvent.Begin:
                        _begun = true;
                        break;
                    case TurnEvent.Chunk chunk:
                        _said.Append(chunk.Text);
                        Chunks++;
                        break;
                    default:
                        _end = turnEvent;
                        break;
                }

                watcher = _watcher;
            }

            watcher?.Writer.TryWrite(turnEvent);
            if (turnEvent.IsLast)
            {
                watcher?.Writer.TryComplete();
            }
        }
    }

    /// <summary>Nobody will hear the answer: ends it where it is, and if it waits, lets it have none.</summary>
    public void GiveUp()
    {
        lock (_lock)
        {
            _givenUp = true;
        }

        Stop();
    }

    /// <summary>Ends the answer where it is; nothing happens if it has ended.</summary>
    public void Stop()
    {
        if (!HasEnded)
        {
            _stop.Cancel();
        }
    }

    /// <summary>Whoever waits for its end is in danger: it is kept where that is fastest.</summary>
    public void Hurry() => _hurry.Cancel();

    /// <summary>Whoever waits for its end waits no longer. Its own turn it still awaits: no end is told in the middle of another's stream.</summary>
    public void CutShort() => _mustEnd.TrySetResult();

    /// <summary>
    /// Watches it from now on: what it was so far comes as <c>Begin</c> and one chunk, the rest as it happens.
    /// Whoever watched it before sees no more of it.
    /// </summary>
    public Channel<TurnEvent> Attach(string connectionId)
    {
        // Unbounded, but never larger than one answer: the model's own limit bounds it. What is written is read at once, on the
        // writer's thread, for which reason nothing is written under the lock.
        var watcher = Channel.CreateUnbounded<TurnEvent>(new() { SingleReader = true, AllowSynchronousContinuations = true });
        Channel<TurnEvent>? before;
        lock (_lock)
        {
            before = _watcher;
            _watcher = watcher;
            _watchedBy = connectionId;
            (_toldInVain, ToldAt) = (false, null);
            if (_released.Task.IsCompleted && !_delivered)
            {
                _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            // Nobody reads it yet: what was so far comes before whatever is written from now on.
            if (_begun)
            {
                watcher.Writer.TryWrite(TurnEvent.Begin.Instance);
            }

            if (_said.Length > 0)
            {
                watcher.Writer.TryWrite(new TurnEvent.Chunk(_said.ToString()));
            }

            if (_end is not null)
            {
                watcher.Writer.TryWrite(_end);
                watcher.Writer.TryComplete();
            }
        }

        before?.Writer.TryComplete();
        return watcher;
    }

    /// <summary>A watcher is about to be told the end.</summary>
    /// <param name="watcher">What <see cref="Attach"/> gave.</param>
    /// <param name="connectionLost">What is written to a connection that is gone by now is not delivered. Asked under the lock: whoever
    /// finds a connection lost and then takes back what it was told finds this one on either side of it.</param>
    /// <param name="now">By <see cref="TimeProvider.GetTimestamp"/>.</param>
    public void BeginToTellTheEnd(Channel<TurnEvent> watcher, Func<bool> connectionLost, long now)
    {
        lock (_lock)
        {
            if (_watcher == watcher)
            {
                ToldAt = now;
                _toldInVain = connectionLost();
            }
        }
    }

    /// <summary>A watcher leaves: it was told the end, or it was lost. False if another had taken over by then.</summary>
    public bool Detach(Channel<TurnEvent> watcher, bool wasToldTheEnd)
    {
        lock (_lock)
        {
            if (_watcher != watcher)
            {
                return false;
            }

            _watcher = null;
            _delivered = wasToldTheEnd && !_toldInVain;
            OrphanedTimes++;
            _released.TrySetResult();
            return true;
        }
    }

    /// <summary>
    /// Its end was told, or is being told, but to a connection that had broken: somebody may come back for it. False if there is nothing
    /// to be done for that.
    /// </summary>
    public bool TakeBack()
    {
        lock (_lock)
        {
            _toldInVain = true;
            if (!_delivered || _abandoned || _watcher is not null)
            {
                return false;
            }

            _delivered = false;
            OrphanedTimes++;
            return true;
        }
    }

    /// <summary>Nobody will come for it any more.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _abandoned = true;
        }
    }

    /// <summary>Its session was erased. Whoever watches it is told its end.</summary>
    public void Erase()
    {
        lock (_lock)
        {
            IsErased = true;
            _abandoned = true;
        }
    }

    /// <summary>Completes when nobody is in the middle of being told this turn, so that the next one's frames cannot mix with it.</summary>
    public Task Released
    {
        get
        {
            lock (_lock)
            {
                return _watcher is null ? Task.CompletedTask : _released.Task;
            }
        }
    }
}
