using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BeMore.Safety;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BeMore.Tests;

/// <summary>An operator who wants to know of somebody in immediate danger is told: the session and the level, signed, and no word of what was said.</summary>
public sealed class RiskWebhookTests : IAsyncLifetime
{
    private const string Imminent = "지금 옥상 난간에 서 있어요 뛰어내릴 거예요";

    /// <summary>Seconds between one try and the next.</summary>
    private static readonly int[] Waits = [1, 2, 4, 8, 16];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Of the alarms alone: the rest of the hub goes by the machine's.</summary>
    private readonly ObservedTime _time = new();

    private FakeOperator _operator = null!;

    public async Task InitializeAsync() => _operator = await FakeOperator.StartAsync();

    public async Task DisposeAsync() => await _operator.DisposeAsync();

    [Fact]
    public async Task ImmediateDangerIsToldSignedAndTriedAgain()
    {
        _operator.Answers(500);
        await using var hub = await StartAsync();
        await SayAsync(hub, "sess_1", Imminent);

        await WaitedAsync(1);
        await _operator.CalledAsync(2);

        _operator.Calls.Select(c => Convert.ToHexString(c.Body)).Distinct().Should().ContainSingle("the second is the first again");
        var (body, signature) = _operator.Calls[0];
        signature.Should().Be("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(FakeOperator.Secret), body)));
        using var json = JsonDocument.Parse(body);
        json.RootElement.EnumerateObject().Select(p => p.Name).Should().Equal("sessionId", "level", "timestamp");
        json.RootElement.GetProperty("sessionId").GetString().Should().Be("sess_1");
        json.RootElement.GetProperty("level").GetString().Should().Be("imminent");
        json.RootElement.GetProperty("timestamp").GetInt64().Should().BeCloseTo(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), 60_000);
    }

    [Fact]
    public async Task OfNothingLessIsAnybodyTold()
    {
        await using var hub = await StartAsync();
        await SayAsync(hub, "active", "죽고 싶다는 생각이 들어요");
        await SayAsync(hub, "passive", "제가 없어져도 아무도 모를 것 같아요 그냥 사라지고 싶어요");
        await SayAsync(hub, "other", "아버지가 술만 마시면 저를 때려요");
        await SayAsync(hub, "none", "안녕하세요");
        await SayAsync(hub, "imminent", Imminent);

        // What waits to be told is told before the hub ends.
        await hub.App.StopAsync();

        _operator.Calls.Select(c => c.SessionId).Should().Equal("imminent");
        hub.App.Logs.Entries.Should().NotContain(e => e.Category == typeof(RiskWebhook).FullName && e.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task WhatBecomesOfAlarmsIsCountedAndWithoutAnAddressThereAreNone()
    {
        await using var told = await ObservedHub.StartAsync(new(_operator.Settings) { ["METRICS_PORT"] = "0" });
        await using var silent = await ObservedHub.StartAsync(new() { ["METRICS_PORT"] = "0" });
        foreach (var hub in (ObservedHub[])[told, silent])
        {
            await using var client = await hub.ConnectAsync("s");
            await client.TurnAsync(Imminent);
        }

        (await told.ScrapeAsync(s => s.Sum("bemore_safety_alarms_total") == 1)).By("bemore_safety_alarms_total", "outcome").Should().ContainKey("delivered");
        var scrape = await silent.ScrapeAsync(s => s.Sum("bemore_safety_messages_total", ("level", "imminent")) == 1);
        scrape.Sum("bemore_safety_alarms_total").Should().Be(0);
        scrape.Numbers.Where(n => n.Name == "bemore_safety_alarms_total").Select(n => n.Labels["outcome"]).Should().BeEquivalentTo("delivered", "failed", "dropped");
        _operator.Calls.Should().ContainSingle();
    }

    [Fact]
    public async Task TheAnswerDoesNotWaitForWhoIsTold()
    {
        var gate = new TaskCompletionSource();
        _operator.HoldsBack("s", gate.Task);
        await using var hub = await StartAsync();

        var answer = await SayAsync(hub, "s", Imminent);
        await _operator.CalledAsync(1);

        answer[^1].Type.Should().Be(Frame.Complete, "the service has not answered yet");
        (await SayAsync(hub, "s", "네"))[^1].Type.Should().Be(Frame.Complete);
        gate.SetResult();
    }

    [Fact]
    public async Task NobodysAlarmWaitsForAnothersThatHangs()
    {
        var gate = new TaskCompletionSource();
        _operator.HoldsBack("first", gate.Task);
        await using var hub = await StartAsync();
        await SayAsync(hub, "first", Imminent);
        await _operator.CalledAsync(1);

        await SayAsync(hub, "second", Imminent);
        await _operator.CalledAsync(2);

        _operator.Calls.Select(c => c.SessionId).Should().Equal("first", "second");
        gate.SetResult();
    }

    [Fact]
    public async Task AServiceThatHangsIsAskedAgain()
    {
        var gate = new TaskCompletionSource();
        _operator.HoldsBack("s", gate.Task);
        await using var hub = await StartAsync();
        await SayAsync(hub, "s", Imminent);
        await _operator.CalledAsync(1);

        // The try began to be timed before it was made.
        _time.Advance(Patience);
        await WaitedAsync(1);
        await _operator.CalledAsync(2);

        gate.SetResult();
        await hub.App.StopAsync();
        hub.App.Logs.Named("AlarmFailed").Should().BeEmpty("the second try was answered");
    }

    [Fact]
    public async Task AServiceThatIsNotThereIsToldWhenItComes()
    {
        var port = LoopbackPort.Free();
        await using var hub = await StartAsync(FakeOperator.SettingsFor(FakeOperator.UrlAt(port)));
        await SayAsync(hub, "s", Imminent);
        await _time.WaitBeganAsync(TimeSpan.FromSeconds(Waits[0]));

        await using var late = await FakeOperator.StartAsync(port);
        _time.Advance(TimeSpan.FromSeconds(Waits[0]));

        await late.CalledAsync(1);
        late.Calls.Should().ContainSingle().Which.SessionId.Should().Be("s");
    }

    [Theory]
    [InlineData(500, "it answered 500")]
    [InlineData(307, "it answered 307")]
    [InlineData(null, "ConnectionError")]
    public async Task WhenAllTriesAreUsedUpTheLogSaysWhomNobodyWasToldOf(int? status, string reason)
    {
        _operator.Answers([.. Enumerable.Repeat(status ?? 500, 6)]);
        await using var hub = await StartAsync(status is null ? FakeOperator.SettingsFor(FakeOperator.UrlAt(LoopbackPort.Free())) : null);
        using var outcomes = new Outcomes(hub);
        await SayAsync(hub, "s", Imminent);

        foreach (var wait in Waits)
        {
            await WaitedAsync(wait);
        }

        var failed = await hub.App.Logs.WaitForAsync(e => e.Event.Name == "AlarmFailed");
        failed.Level.Should().Be(LogLevel.Error);
        failed.Value("SessionId").Should().Be("s");
        failed.Value("Reason").Should().Be(reason);
        _operator.Calls.Should().HaveCount(status is null ? 0 : 6);
        outcomes.Counted.Should().Equal(new Dictionary<string, long> { ["failed"] = 1 });
    }

    [Fact]
    public async Task WhatIsLeftToTellIsToldBeforeTheHubEnds()
    {
        _operator.Answers(503);
        await using var hub = await StartAsync();
        await SayAsync(hub, "s", Imminent);
        await _time.WaitBeganAsync(TimeSpan.FromSeconds(Waits[0]));

        var stop = hub.App.StopAsync();
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "AlarmsAwaited" && e.Value("Count") == "1");
        _time.Advance(TimeSpan.FromSeconds(Waits[0]));
        await stop.WaitAsync(Pulse.Patience);

        _operator.Calls.Should().HaveCount(2);
        hub.App.Logs.Named("AlarmDropped").Should().BeEmpty();
    }

    [Fact]
    public async Task WhatCannotBeToldBeforeTheHubEndsIsInTheLog()
    {
        var gate = new TaskCompletionSource();
        _operator.HoldsBack("s", gate.Task);
        var hubTime = new ObservedTime();
        await using var hub = await StartAsync(new(_operator.Settings) { ["SHUTDOWN_GRACE_SECONDS"] = "7" }, hubTime);
        using var outcomes = new Outcomes(hub);
        await SayAsync(hub, "s", Imminent);
        await _operator.CalledAsync(1);

        var stop = hub.App.StopAsync();
        await hub.App.Logs.WaitForAsync(e => e.Event.Name == "AlarmsAwaited");
        hubTime.Advance(TimeSpan.FromSeconds(7 + 3));
        await stop.WaitAsync(Pulse.Patience);

        var dropped = hub.App.Logs.Named("AlarmDropped").Should().ContainSingle().Which;
        dropped.Level.Should().Be(LogLevel.Error);
        dropped.Value("SessionId").Should().Be("s");
        outcomes.Counted.Should().Equal(new Dictionary<string, long> { ["dropped"] = 1 });
        gate.SetResult();
    }

    [Fact]
    public async Task WhereTooManyWaitTheOldestGiveWayAndTheLogSaysWhose()
    {
        var gate = new TaskCompletionSource();
        await using var hub = await StartAsync();
        using var outcomes = new Outcomes(hub);
        var webhook = hub.App.Services.GetRequiredService<RiskWebhook>();
        for (var i = 0; i < RiskWebhook.MostAtOnce; i++)
        {
            _operator.HoldsBack($"told{i}", gate.Task);
            webhook.Tell($"told{i}", RiskLevel.Imminent);
        }

        await _operator.CalledAsync(RiskWebhook.MostAtOnce);
        // One more has been taken out of the queue when it waits for a place among those.
        for (var i = 0; i < RiskWebhook.MostWaiting + 3; i++)
        {
            webhook.Tell($"waits{i}", RiskLevel.Imminent);
        }

        var dropped = hub.App.Logs.Named("AlarmDropped").Select(e => e.Value("SessionId")).ToList();
        dropped.Should().HaveCountGreaterThanOrEqualTo(2).And.HaveCountLessThanOrEqualTo(3).And.BeSubsetOf(["waits0", "waits1", "waits2", "waits3"]);
        outcomes.Counted.Should().Equal(new Dictionary<string, long> { ["dropped"] = dropped.Count });
        gate.SetResult();
        await _operator.CalledAsync(RiskWebhook.MostAtOnce + RiskWebhook.MostWaiting + 3 - dropped.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("fifteen letters")]
    public async Task WithoutALongSecretTheHubDoesNotStart(string? secret)
    {
        await using var hub = HubProcess.Start(new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["PORT"] = "0",
            ["SAFETY_WEBHOOK_URL"] = _operator.Url,
            ["SAFETY_WEBHOOK_SECRET"] = secret,
        });

        (await hub.WaitForExitAsync()).Should().Be(78, hub.Output);
        hub.Lines.Should().ContainSingle().Which.Should()
            .Be("SAFETY_WEBHOOK_SECRET is \"***\", but must be 16 characters or more: the calls to SAFETY_WEBHOOK_URL are signed with it.");
    }

    private Task<TestHub> StartAsync(Dictionary<string, string?>? settings = null, TimeProvider? hubTime = null) => TestHub.StartAsync(
        settings ?? _operator.Settings,
        hubTime,
        services: services => services.AddSingleton(provider => new RiskAlarmSender(provider.GetRequiredService<RiskWebhookOptions>(), _time)));

    private static async Task<IReadOnlyList<Frame>> SayAsync(TestHub hub, string session, string message)
    {
        await using var client = await hub.ConnectAsync(session);
        await client.RequestAsync(message);
        return await client.ReadTurnAsync();
    }

    /// <summary>The last try has failed, and the next one begins.</summary>
    private async Task WaitedAsync(int seconds)
    {
        await _time.WaitBeganAsync(TimeSpan.FromSeconds(seconds));
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }
    /// <summary>Of one host: others run beside it in this process.</summary>
    private sealed class Outcomes : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _counted = new();

        public Outcomes(TestHub hub)
        {
            var host = hub.App.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "bemore.safety.alarms" && instrument.Meter.Scope == host)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, number, tags, _) => _counted.AddOrUpdate((string)tags[0].Value!, number, (_, before) => before + number));
            _listener.Start();
        }

        public IReadOnlyDictionary<string, long> Counted => _counted;

        public void Dispose() => _listener.Dispose();
    }
}
