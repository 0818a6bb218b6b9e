using BeMore.Counselling;
using Microsoft.Extensions.Time.Testing;

namespace BeMore.Tests;

/// <summary>When the chunks of all answers leave, on a clock that only the test moves.</summary>
public sealed class PaceClockTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PaceClock _clock;
    private readonly long _start;

    public PaceClockTests() => (_clock, _start) = (new PaceClock(_time), _time.GetTimestamp());

    [Theory]
    [InlineData(50, 50)]
    [InlineData(51, 50)]
    [InlineData(52, 60)]
    [InlineData(59, 60)]
    [InlineData(60, 60)]
    public void ItRingsAtTheNextMultipleOfTenMilliseconds(int dueMs, int ringsAtMs)
    {
        var ring = WhenDue(At(dueMs));

        PassTo(ringsAtMs - 1);
        ring.IsCompleted.Should().BeFalse();
        PassTo(ringsAtMs);
        ring.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void WhoIsDueSoonerNeedNotHaveAskedSooner()
    {
        var late = WhenDue(At(200));
        var soon = WhenDue(At(30));
        var between = WhenDue(At(100));

        PassTo(30);
        (soon.IsCompleted, between.IsCompleted, late.IsCompleted).Should().Be((true, false, false));
        PassTo(100);
        (between.IsCompleted, late.IsCompleted).Should().Be((true, false));
        PassTo(200);
        late.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void WhatIsOverduePassesNobodyBy()
    {
        PassTo(500);
        var overdue = WhenDue(At(20));

        PassTo(501);

        overdue.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task OfACrowdThatIsDueTogetherEachIsRungForOnce()
    {
        // Many times as many as go on one after the other on one thread.
        var rung = new int[1000];
        var all = Enumerable.Range(0, rung.Length).Select(WaitAsync).ToList();

        PassTo(49);
        rung.Should().OnlyContain(times => times == 0);
        PassTo(50);
        await Task.WhenAll(all).WaitAsync(Pulse.Patience);

        rung.Should().OnlyContain(times => times == 1);

        async Task WaitAsync(int i)
        {
            await WhenDue(At(50));
            Interlocked.Increment(ref rung[i]);
        }
    }

    [Fact]
    public async Task WhoHoldsItsThreadHoldsUpNobodyOfAnotherGroup()
    {
        using var release = new ManualResetEventSlim();
        var all = Enumerable.Range(0, 100).Select(i => WaitAsync(i)).ToList();

        var passing = Task.Run(() => PassTo(50));
        // The first sixteen wait behind the first.
        await Task.WhenAll(all.Skip(16)).WaitAsync(Pulse.Patience);
        all[0].IsCompleted.Should().BeFalse();
        release.Set();
        await Task.WhenAll(all).WaitAsync(Pulse.Patience);
        await passing;

        async Task WaitAsync(int i)
        {
            await WhenDue(At(50));
            if (i == 0)
            {
                release.Wait();
            }
        }
    }

    [Fact]
    public void WhileAStepIsRungTheNextOneIsAwaited()
    {
        var rings = new List<int>();
        _ = AgainAndAgainAsync();

        for (var ms = 1; ms <= 200; ms++)
        {
            PassTo(ms);
        }

        rings.Should().Equal(50, 100, 150, 200);

        async Task AgainAndAgainAsync()
        {
            for (var due = 50; due <= 200; due += 50)
            {
                await WhenDue(At(due));
                rings.Add((int)_time.GetElapsedTime(_start).TotalMilliseconds);
            }
        }
    }

    [Fact]
    public async Task ByTheMachinesClockItRingsAgainAndAgainAndNeverTooEarly()
    {
        var clock = new PaceClock(TimeProvider.System);
        // By its own steps it may be a millisecond early.
        var early = TimeSpan.FromMilliseconds(1);
        // The last after more than a second in which nobody waited, when its thread has gone.
        foreach (var pauseMs in (int[])[0, 0, 20, 1500, 0])
        {
            await Task.Delay(pauseMs);
            var due = TimeProvider.System.GetTimestamp() + (TimeProvider.System.TimestampFrequency / 40);

            await WhenDue(clock, due).WaitAsync(Pulse.Patience);

            TimeProvider.System.GetElapsedTime(due).Should().BeGreaterThanOrEqualTo(-early);
        }
    }

    private Task WhenDue(long due) => WhenDue(_clock, due);

    private static Task WhenDue(PaceClock clock, long due)
    {
        var ring = new Ring();
        clock.RingAt(due, ring);
        return ring.Task;
    }

    private long At(int ms) => _start + (ms * _time.TimestampFrequency / 1000);

    private void PassTo(int ms) => _time.Advance(TimeSpan.FromMilliseconds(ms) - _time.GetElapsedTime(_start));

    private sealed class Ring : TaskCompletionSource, PaceClock.IAlarm
    {
        void PaceClock.IAlarm.Ring(long due) => SetResult();
    }
}
