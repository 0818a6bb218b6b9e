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
        var ring = _clock.WhenDue(At(dueMs));

        PassTo(ringsAtMs - 1);
        ring.IsCompleted.Should().BeFalse();
        PassTo(ringsAtMs);
        ring.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void WhoIsDueSoonerNeedNotHaveAskedSooner()
    {
        var late = _clock.WhenDue(At(200));
        var soon = _clock.WhenDue(At(30));
        var between = _clock.WhenDue(At(100));

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
        var overdue = _clock.WhenDue(At(20));

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
            await _clock.WhenDue(At(50));
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
            await _clock.WhenDue(At(50));
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
                await _clock.WhenDue(At(due));
                rings.Add((int)_time.GetElapsedTime(_start).TotalMilliseconds);
            }
        }
    }

    private long At(int ms) => _start + (ms * _time.TimestampFrequency / 1000);

    private void PassTo(int ms) => _time.Advance(TimeSpan.FromMilliseconds(ms) - _time.GetElapsedTime(_start));
}
